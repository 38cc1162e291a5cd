// Where an item stands while it is compiled, and how its functions are called there.
import type { ChartContext } from './chart-context.ts'
import type { Given } from './given.ts'
import { type Before, givenOf } from './given-of.ts'
import type { InvokePath } from './saga-definition.ts'

/** Where a list stands. */
export type Frame = {
  readonly saga: string
  /** The id of the state that it is inside of. */
  readonly id: string
  readonly path: InvokePath
  /** What the whole saga collects. */
  readonly paths: Map<string, InvokePath>
  readonly delays: Record<string, unknown>
}

/** Where an item stands: what came before, and the state after it. */
export type Position = { readonly before: Before; readonly next: string; readonly frame: Frame }

export type At = { readonly context: ChartContext }

/** XState calls the functions of an author with all of its arguments; authors see what is given. */
export function withGiven<T>({ before, frame }: Position, use: (given: Given<unknown>) => T) {
  return ({ context }: At): T => use(givenOf(context, before, frame.saga))
}

export const failedState = ({ saga }: Frame): string => `#${saga}.failed`
