// Rebuilds a saga from its history: each entry goes through `advance` once more, and must give what was
// recorded. For the auditor, for `sagaline replay` and for the state at a past moment. Pure.
import { isDeepStrictEqual } from 'node:util'
import { isEncrypted } from '../../messaging/encrypted-fields.ts'
import type { Json } from '../../messaging/message.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import { advance } from '../engine/advance.ts'
import type { Advance, Fact, SagaEvent } from '../engine/event.ts'
import type { Saga } from '../engine/saga.ts'
import { withLimitsAsRecorded } from './limits-as-recorded.ts'

/** An entry of a history as it was recorded, its event in plain. */
export type RecordedEntry = {
  readonly seq: number
  readonly at: number
  readonly type: string
  readonly status: string
  readonly state: Json
  readonly event: SagaEvent
  readonly facts: readonly Fact[]
}

export type RebuiltSaga =
  | { readonly saga: Saga | null; readonly problem: null }
  | {
      /** As it was before the entry that cannot be replayed. */
      readonly saga: Saga | null
      readonly entry: RecordedEntry
      /** `definition threw`: it was parked then; what a mended definition does is something else. */
      readonly problem: 'definition missing' | 'definition threw' | 'decided otherwise'
      readonly detail: string
      /** That it was decided with. */
      readonly version: number
    }

export type RebuildWith = {
  /** Of the saga after all of its entries. */
  readonly version: number
  readonly definitionOf: (version: number) => SagaDefinition | null
  /** The last entry that counts, by its number; all without. */
  readonly until?: number
}

/** `entries` is the whole history, without a gap. */
export function rebuildSaga(entries: readonly RecordedEntry[], given: RebuildWith): RebuiltSaga {
  const rebuilding = rebuildStepwise(entries, given)
  for (;;) {
    const step = rebuilding.next()
    if (step.done === true) return step.value
  }
}

/** As `rebuildSaga`; it halts after each entry, for whoever must do something else in between. */
export function* rebuildStepwise(
  entries: readonly RecordedEntry[],
  { version, definitionOf, until = Infinity }: RebuildWith,
): Generator<undefined, RebuiltSaga> {
  const versions = versionsOf(entries, version)
  let saga: Saga | null = null
  for (const [index, entry] of entries.entries()) {
    if (entry.seq > until) break
    const failed = { saga, entry, version: versions[index] ?? version }
    const definition = definitionOf(failed.version)
    if (definition === null) return { ...failed, problem: 'definition missing', detail: '' }
    const played = play(definition, saga, entry)
    if (typeof played === 'string') {
      const problem = hasThrown(entry) ? 'definition threw' : 'decided otherwise'
      return { ...failed, problem, detail: played }
    }
    saga = played
    yield
  }
  return { saga, problem: null }
}

/** By entry: with which version it was decided. A migration belongs to the one that it goes to. */
function versionsOf(entries: readonly RecordedEntry[], last: number): readonly number[] {
  const first = entries.find(({ event }) => event.type === 'migrated')?.event
  let version = first?.type === 'migrated' ? first.from : last
  return entries.map(({ event }) => {
    if (event.type === 'migrated') version = event.to
    return version
  })
}

function hasThrown({ facts }: RecordedEntry): boolean {
  return facts.some(({ type, detail }) => {
    if (type !== 'saga.stuck') return false
    const { code } = (detail ?? {}) as { readonly code?: unknown }
    return isEncrypted(detail) || code === 'SAGA_DEFINITION_FAILED' || code === 'INVARIANT_BROKEN'
  })
}

/** The saga after the entry, or in words what the engine does instead. */
function play(definition: SagaDefinition, saga: Saga | null, entry: RecordedEntry): Saga | string {
  const first = tryAdvance(definition, saga, entry)
  if (typeof first !== 'string' && isAsRecorded(first, entry)) return first.saga
  if (saga !== null && entry.event.type !== 'started') {
    const again = tryAdvance(definition, withLimitsAsRecorded(saga, entry), entry)
    if (typeof again !== 'string' && isAsRecorded(again, entry)) return again.saga
  }
  if (typeof first === 'string') return `the engine refuses it: ${first}`
  const decided = first.facts.map(({ type }) => type).join(', ') || 'nothing'
  const known = entry.facts.map(({ type }) => type).join(', ') || 'nothing'
  if (decided !== known) return `recorded is ${known}; decided is ${decided}`
  return `recorded is the status ${entry.status}; decided is ${first.saga.status}, or other details`
}

function tryAdvance(
  definition: SagaDefinition,
  saga: Saga | null,
  { event, at }: RecordedEntry,
): Advance | string {
  try {
    return advance(definition, saga, event, at)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function isAsRecorded({ saga, facts }: Advance, entry: RecordedEntry): boolean {
  return (
    saga.status === entry.status &&
    facts.length === entry.facts.length &&
    facts.every((fact, index) => isSameFact(fact, entry.facts[index])) &&
    isSame(saga.value, entry.state)
  )
}

/** Where details are encrypted, what they lead to is compared with the row all the same. */
function isSameFact(one: Fact, other: Fact | undefined): boolean {
  return (
    one.type === other?.type &&
    one.seq === other.seq &&
    one.step === other.step &&
    one.visit === other.visit &&
    one.direction === other.direction &&
    one.attempt === other.attempt &&
    (isEncrypted(other.detail) || isSame(one.detail, other.detail))
  )
}

/** Limits are no part of a definition's hash, so only whether something is due is compared. */
export function comparableParts(saga: Saga): Readonly<Record<string, unknown>> {
  const { deadlineAt: _, startDueAt, steps, timers, ...rest } = saga
  return {
    ...rest,
    startDueAt: startDueAt !== null,
    timers: timers.map(({ id, event }) => [id, event]),
    steps: steps.map(({ attemptsMax: _max, deadlineAt: _at, dueAt, ...step }) => ({
      ...step,
      dueAt: dueAt !== null,
    })),
  }
}

/** Names of what differs, but for limits. */
export function differingParts(replayed: Saga, stored: Saga): readonly string[] {
  const [one, other] = [comparableParts(replayed), comparableParts(stored)]
  return Object.keys({ ...one, ...other }).filter((name) => !isSame(one[name], other[name]))
}

/** As JSON; nearly always the texts are the same already. */
function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true
  const [a, b] = [JSON.stringify(one ?? null), JSON.stringify(other ?? null)]
  return a === b || isDeepStrictEqual(JSON.parse(a) as Json, JSON.parse(b) as Json)
}
