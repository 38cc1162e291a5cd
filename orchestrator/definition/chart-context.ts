// The context of a compiled statechart, plain JSON, and how each event changes it. A saga of plain
// commands only has `input` and `replies`.
import type { Json } from '../../messaging/message.ts'

/** A `forEach` on its way: its items, which one each lane is at, and what was answered. */
export type EachState = {
  readonly items: readonly Json[]
  /** By lane: the index of its item, or null when it has none left. */
  readonly at: readonly (number | null)[]
  readonly next: number
  readonly replies: readonly unknown[]
}

type ByName<T> = Readonly<Record<string, T>>

export type ChartContext = {
  readonly input: unknown
  /** By step. */
  readonly replies: ByName<unknown>
  /** By signal, what was last sent; null when it was waited for in vain. */
  readonly signals?: ByName<unknown>
  /** By `forEach`. */
  readonly each?: ByName<EachState>
  /** By `repeat`: the round that it is in, from 1. */
  readonly rounds?: ByName<number>
}

type Change = Partial<ChartContext>

/** Steps and signals may have names that every object seems to know, such as `constructor`. */
export function ownOf<T>(record: ByName<T> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined
}

/** A longer list is more than one saga should hold. */
const itemsMax = 1_000

export function remember(context: ChartContext, step: string, output: unknown): Change {
  return { replies: { ...context.replies, [step]: output ?? null } }
}

export function rememberSignal(context: ChartContext, signal: string, data: unknown): Change {
  return { signals: { ...context.signals, [signal]: data ?? null } }
}

/** The first items go to the lanes, one each. */
export function beginEach(
  context: ChartContext,
  name: string,
  lanes: number,
  items: readonly unknown[],
): Change {
  if (!Array.isArray(items)) throw new Error(`the forEach of ${name} gives no list`)
  if (items.length > itemsMax) {
    throw new Error(`the forEach of ${name} gives ${items.length} items; at most ${itemsMax}`)
  }
  const at = Array.from({ length: lanes }, (_, lane) => (lane < items.length ? lane : null))
  const state: EachState = {
    items: JSON.parse(JSON.stringify(items)),
    at,
    next: Math.min(lanes, items.length),
    replies: items.map(() => null),
  }
  return { each: { ...context.each, [name]: state } }
}

export function eachState(context: ChartContext, name: string): EachState {
  const state = ownOf(context.each, name)
  if (!state) throw new Error(`the forEach ${name} was not begun`)
  return state
}

/** A lane's item is done: it takes the next one. */
export function rememberItem(
  context: ChartContext,
  name: string,
  lane: number,
  output: unknown,
): Change {
  const { items, at, next, replies } = eachState(context, name)
  const isMore = next < items.length
  const state: EachState = {
    items,
    at: at.with(lane, isMore ? next : null),
    next: isMore ? next + 1 : next,
    replies: replies.with(at[lane] ?? 0, output ?? null),
  }
  return { each: { ...context.each, [name]: state } }
}

/** What a round leaves behind is gone when the next one begins. */
export type RoundNames = { readonly steps: readonly string[]; readonly signals: readonly string[] }

export function beginRound(context: ChartContext, name: string, inside: RoundNames): Change {
  const { replies, signals = {}, each = {}, rounds = {} } = context
  return {
    replies: without(replies, inside.steps),
    signals: without(signals, inside.signals),
    each: without(each, inside.steps),
    rounds: { ...rounds, [name]: (ownOf(rounds, name) ?? 0) + 1 },
  }
}

export function endRounds(context: ChartContext, name: string): Change {
  return { rounds: without(context.rounds ?? {}, [name]) }
}

function without<T>(record: ByName<T>, names: readonly string[]): ByName<T> {
  const gone = new Set(names)
  return Object.fromEntries(Object.entries(record).filter(([name]) => !gone.has(name)))
}
