// What an item of a list may ask for, as types: the contracts, child sagas and signals of what comes
// before it. `compile-list.ts` follows the same rule for the run time.
import type { SignalDefinition } from './saga-definition.ts'

/** Of a list that is not known item by item nothing can be said. */
export type HeardBefore<T, P> =
  IsTuple<T> extends true
    ? HeardBeforeEach<T> extends infer Each
      ? P extends keyof Each
        ? Each[P]
        : never
      : never
    : unknown

type IsTuple<T> = T extends readonly unknown[] ? (number extends T['length'] ? false : true) : false

/** For all items at once: the compiler works it out once for a list. */
type HeardBeforeEach<T, Found = never, Each extends readonly unknown[] = []> = T extends readonly [
  infer First,
  ...infer Rest,
]
  ? HeardBeforeEach<Rest, Found | HeardOf<First>, readonly [...Each, Found]>
  : Each

/** What a list leaves behind for those after it. */
export type HeardIn<T> = T extends readonly unknown[] ? HeardOf<T[number]> : unknown

type HeardOf<E> = E extends { readonly send: infer Contract }
  ? Contract
  : E extends { readonly saga: infer Child }
    ? Child
    : E extends { readonly waitFor: infer Signal }
      ? Signal
      : E extends { readonly approval: unknown; readonly name: infer N extends string }
        ? SignalDefinition<unknown, N>
        : E extends { readonly parallel: infer Branches }
          ? HeardIn<Branches[keyof Branches]>
          : E extends { readonly choose: infer Ways }
            ? HeardInWays<Ways>
            : E extends { readonly repeat: infer Body }
              ? HeardIn<Body>
              : never

type HeardInWays<Ways> = Ways extends readonly unknown[]
  ? Ways[number] extends infer Way
    ? Way extends { readonly steps: infer Steps }
      ? HeardIn<Steps>
      : never
    : never
  : unknown
