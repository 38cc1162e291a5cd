// What an item of a list may ask for, as types: the contracts, child sagas and signals of what comes
// before it. `compile-list.ts` follows the same rule for the run time.
import type { SignalDefinition } from './saga-definition.ts'

/** Of a list that is not known item by item nothing can be said. */
export type HeardBefore<T, P> =
  IsTuple<T> extends true ? (P extends keyof T ? HeardUntil<T, P> : never) : unknown

type IsTuple<T> = T extends readonly unknown[] ? (number extends T['length'] ? false : true) : false

type HeardUntil<T, P, Done extends readonly unknown[] = [], Found = never> = T extends readonly [
  infer First,
  ...infer Rest,
]
  ? P extends `${Done['length']}`
    ? Found
    : HeardUntil<Rest, P, readonly [...Done, First], Found | HeardOf<First>>
  : Found

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
