// The law of kinds for the compiler: compensatable steps, which can be undone, at most one pivot,
// then retriable steps, and nothing that can fail after that. `check-order.ts` and `check-steps.ts`
// hold it at run time, where they also see lists that were not written as literals, and what the
// compiler cannot tell apart.
import type { CommandContract, UndoOf } from '../../messaging/contract.ts'
import type { KindOf, NameOf } from './listed-items.ts'
import type { SagaDefinition, ShapeOf } from './saga-definition.ts'

/** `passed` once a pivot or a retriable step has been: from there the saga only goes forward. */
type Phase = 'open' | 'passed'
type Problem<Text extends string> = { readonly problem: Text }

/** Nothing for a list that keeps the law, else a property that no list has, named by the rule. */
export type Lawful<S> =
  Extract<After<S, 'open', 'anywhere'>, Problem<string>> extends infer P
    ? [P] extends [never]
      ? unknown
      : P
    : unknown

/** `inside` a parallel item or a loop no pivot may stand. */
type Place = 'anywhere' | 'inside'

/** The phase after a list; one that is not known item by item is left to the run time. */
type After<S, P extends Phase, W extends Place> = S extends readonly [infer First, ...infer Rest]
  ? AfterItem<First, P, W> extends infer N
    ? N extends Phase
      ? After<Rest, N, W>
      : N
    : never
  : P
type AfterItem<E, P extends Phase, W extends Place> = E extends { readonly forEach: unknown }
  ? AfterEach<E, P, W>
  : E extends { readonly send: unknown } | { readonly saga: unknown }
    ? AfterStep<E, KindOf<E>, P, W>
    : E extends { readonly parallel: infer Branches }
      ? Joined<NameOf<E>, AfterBranches<Branches, P>>
      : E extends { readonly choose: infer Ways }
        ? AfterWays<Ways, P, W>
        : E extends { readonly repeat: infer Body }
          ? P extends 'open'
            ? AfterRound<NameOf<E>, After<Body, 'open', 'inside'>>
            : CanFail<NameOf<E>>
          : AfterWait<E, P>
type AfterStep<E, K, P extends Phase, W extends Place> = [K] extends ['compensatable']
  ? P extends 'open'
    ? Undoable<E, P>
    : Problem<`compensatable step ${NameOf<E>} comes after the point of no return`>
  : [K] extends ['pivot']
    ? W extends 'inside'
      ? Problem<`pivot step ${NameOf<E>} stands inside a parallel item or a loop`>
      : P extends 'open'
        ? 'passed'
        : Problem<`pivot step ${NameOf<E>} comes after the point of no return`>
    : [K] extends ['retriable']
      ? 'passed'
      : P

type Undoable<E, P extends Phase> = E extends { readonly saga: infer Child extends SagaDefinition }
  ? [ShapeOf<Child>['isUndoable']] extends [false]
    ? Problem<`child saga ${NameOf<E>} is compensatable, but ${NameOf<Child>} has a point of no return`>
    : P
  : E extends { readonly send: infer C extends CommandContract }
    ? [UndoOf<C>] extends [null]
      ? Problem<`step ${NameOf<E>} is compensatable, but ${NameOf<C>} names no undo`>
      : P
    : P

/** The annotation of `with` must take what `forEach` gives. */
type AfterEach<E, P extends Phase, W extends Place> = [KindOf<E>] extends ['pivot']
  ? Problem<`pivot step ${NameOf<E>} is a forEach`>
  : E extends {
        readonly forEach: (given: never) => readonly (infer Item)[]
        readonly with: (given: infer G) => unknown
      }
    ? G extends { readonly item: infer Taken }
      ? [Item] extends [Taken]
        ? AfterStep<E, KindOf<E>, P, W>
        : Problem<`the item of ${NameOf<E>} is not what its forEach gives`>
      : AfterStep<E, KindOf<E>, P, W>
    : AfterStep<E, KindOf<E>, P, W>
type AfterBranches<B, P extends Phase> = AfterEachOf<B[keyof B], P, 'inside'>
type AfterEachOf<List, P extends Phase, W extends Place> = [List] extends [never]
  ? P
  : List extends unknown
    ? After<List, P, W>
    : never

/** One branch that only goes forward cannot stand beside one that can fail. */
type Joined<N extends string, Ends> = [Extract<Ends, Problem<string>>] extends [never]
  ? ['open' | 'passed'] extends [Ends]
    ? Problem<`a retriable step stands beside a step that can fail, in ${N}`>
    : Ends
  : Extract<Ends, Problem<string>>
type AfterWays<Ways, P extends Phase, W extends Place> = Ways extends readonly unknown[]
  ? Latest<P | AfterWay<Ways[number], P, W>>
  : P
type AfterWay<Way, P extends Phase, W extends Place> = Way extends { readonly steps: infer S }
  ? After<S, P, W>
  : P
type Latest<Ends> = [Extract<Ends, Problem<string>>] extends [never]
  ? 'passed' extends Ends
    ? 'passed'
    : 'open'
  : Extract<Ends, Problem<string>>
type AfterRound<N extends string, End> = End extends 'passed'
  ? Problem<`a retriable step stands inside ${N}, which can fail`>
  : End
type CanFail<N extends string> = Problem<`${N} can fail, and comes after the point of no return`>
type AfterWait<E, P extends Phase> = P extends 'open'
  ? P
  : E extends { readonly approval: unknown }
    ? CanFail<NameOf<E>>
    : E extends { readonly waitFor: unknown; readonly timeoutMs: number }
      ? E extends { readonly onTimeout: 'continue' }
        ? P
        : CanFail<NameOf<E>>
      : P
