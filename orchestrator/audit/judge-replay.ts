// The history through the engine: each entry is what `advance` decides, and all of them together
// give the saga in the row. Names the first entry that is not so. Pure.
import { isDeepStrictEqual } from 'node:util'
import { isEncrypted } from '../../messaging/encrypted-fields.ts'
import { SagalineError } from '../../messaging/errors.ts'
import type { Json } from '../../messaging/message.ts'
import type { Registry } from '../definition/registry.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import { advance } from '../engine/advance.ts'
import type { Advance, Fact, SagaEvent } from '../engine/event.ts'
import type { Saga } from '../engine/saga.ts'
import type { RowCipher } from '../store/row-cipher.ts'
import type { AuditedEntry, AuditedSaga } from './audited.ts'
import { breach, type Finding, notJudged } from './breaches.ts'
import { definitionOf, notLoaded } from './definition-of.ts'
import { withLimitsAsRecorded } from './limits-as-recorded.ts'

export type ReplayWith = { readonly registry: Registry; readonly rows: RowCipher }

/** For histories without a gap. A saga whose definition or key is missing is said not to be judged. */
export function judgeReplay(audited: AuditedSaga, given: ReplayWith): readonly Finding[] {
  const { id, stored, history } = audited
  if (stored === null) return []
  const { missing } = definitionOf(given.registry, stored)
  if (missing !== null) return [notJudged(id, missing)]
  const events = readEvents(audited, given.rows)
  if (!Array.isArray(events)) return [events as Finding]
  const versions = versionsOf(events, stored.saga.version)
  let saga: Saga | null = null
  for (const [index, entry] of history.entries()) {
    const version = versions[index] ?? 0
    const definition = given.registry.version(stored.saga.name, version)
    if (definition === null) {
      return [notJudged(id, notLoaded(stored.saga.name, version, 'of a migrated saga'))]
    }
    const played = play(definition, saga, { entry, event: events[index] as SagaEvent })
    if (typeof played === 'string') {
      if (hasThrown(entry))
        return [notJudged(id, 'its definition threw, and has been mended since')]
      const subject = `entry ${entry.seq} (${entry.type}): ${played}`
      return [breach('history.illegal-event', id, subject)]
    }
    saga = played
  }
  const parts = saga === null ? ['all of it'] : differingParts(saga, stored.saga)
  if (parts.length === 0) return []
  return [breach('history.state-differs', id, `in ${parts.join(', ')}`)]
}

/** In plain, or why not. */
function readEvents(
  { id, stored, history }: AuditedSaga,
  rows: RowCipher,
): readonly SagaEvent[] | Finding {
  let seq = 0
  try {
    if (stored?.problem) throw stored.problem
    return history.map((entry) => {
      seq = entry.seq
      return rows.readEvent({ sagaId: id, facts: entry.facts }, entry.event)
    })
  } catch (error) {
    if (!(error instanceof SagalineError)) throw error
    if (error.code !== 'ENCRYPTED_TEXT_INVALID') return notJudged(id, error.message)
    const where = seq === 0 ? 'the row' : `entry ${seq}`
    return breach('saga.unreadable', id, `${where}: ${error.message}`)
  }
}

/** By entry: with which version it was decided. A migration belongs to the one that it goes to. */
function versionsOf(events: readonly SagaEvent[], last: number): readonly number[] {
  const first = events.find((event) => event.type === 'migrated')
  let version = first === undefined ? last : first.from
  return events.map((event) => {
    if (event.type === 'migrated') version = event.to
    return version
  })
}

/** Then it was parked; what a mended definition does there is something else. */
function hasThrown({ facts }: AuditedEntry): boolean {
  return facts.some(({ type, detail }) => {
    if (type !== 'saga.stuck') return false
    const { code } = (detail ?? {}) as { readonly code?: unknown }
    return isEncrypted(detail) || code === 'SAGA_DEFINITION_FAILED' || code === 'INVARIANT_BROKEN'
  })
}

type Played = { readonly entry: AuditedEntry; readonly event: SagaEvent }

/** The saga after the entry, or in words what the engine does instead. */
function play(definition: SagaDefinition, saga: Saga | null, played: Played): Saga | string {
  const { entry, event } = played
  const first = tryAdvance(definition, saga, played)
  if (typeof first !== 'string' && isAsRecorded(first, entry)) return first.saga
  if (saga !== null && event.type !== 'started') {
    const again = tryAdvance(definition, withLimitsAsRecorded(saga, entry), played)
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
  { entry, event }: Played,
): Advance | string {
  try {
    return advance(definition, saga, event, entry.at)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function isAsRecorded({ saga, facts }: Advance, entry: AuditedEntry): boolean {
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
function comparable(saga: Saga): Readonly<Record<string, unknown>> {
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

function differingParts(replayed: Saga, stored: Saga): readonly string[] {
  const [one, other] = [comparable(replayed), comparable(stored)]
  return Object.keys({ ...one, ...other }).filter((name) => !isSame(one[name], other[name]))
}

/** As JSON; nearly always the texts are the same already. */
function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true
  const [a, b] = [JSON.stringify(one ?? null), JSON.stringify(other ?? null)]
  return a === b || isDeepStrictEqual(JSON.parse(a) as Json, JSON.parse(b) as Json)
}
