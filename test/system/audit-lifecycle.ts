// The audit of the lifecycle events: what the topic says of each saga is what its history says,
// all of it and nothing else, and playing it gives the saga that Postgres has.
import { isDeepStrictEqual } from 'node:util'
import type { Db } from '../../messaging/db.ts'
import type { Fact, SagaEvent } from '../../orchestrator/engine/event.ts'
import type { Saga } from '../../orchestrator/engine/saga.ts'
import {
  foldSagaEvents,
  type LifecycleEvent,
  readLifecycleEvent,
  replaySagaEvents,
  type SagaDefinition,
} from '../../orchestrator/index.ts'
import { placeOrder } from '../../services/place-order/saga.ts'
import type { RawKafka } from './raw-kafka.ts'

type Entry = {
  readonly sagaId: string
  readonly seq: number
  readonly atMs: number
  readonly status: string
  readonly state: unknown
  readonly event: SagaEvent
  readonly facts: readonly Fact[]
}

type SagaRow = {
  readonly id: string
  readonly status: string
  readonly revision: number
  readonly snapshot: Partial<Saga>
}

/** Answers what is missing, too much or otherwise, e.g. `missing: step.succeeded of <id>/event/2`. */
export async function auditLifecycle(
  kafka: RawKafka,
  db: Db,
  definitions: readonly SagaDefinition[] = [placeOrder],
): Promise<readonly string[]> {
  const { rows: entries } = await db.query<Entry>(
    `select saga_id as "sagaId", seq, round(extract(epoch from at) * 1000)::float8 as "atMs",
       status, state, event, facts
     from history order by saga_id, seq`,
  )
  const { rows: sagas } = await db.query<SagaRow>(
    'select id, status, revision, snapshot from sagas order by id',
  )
  const records = (await kafka.read('sagaline.events')).map((record) => readLifecycleEvent(record))
  const found = records.flatMap((read) => ('problem' in read ? [] : [read]))
  const unreadable = records.flatMap((read) => ('problem' in read ? [read.problem] : []))
  const bySaga = Map.groupBy(found, ({ sagaId }) => sagaId as string)
  return [
    ...unreadable.map((problem) => `unreadable: ${problem}`),
    ...auditEntries(entries, found),
    ...sagas.flatMap((saga) => auditSaga(saga, bySaga.get(saga.id) ?? [], definitions)),
  ]
}

function auditEntries(entries: readonly Entry[], found: readonly LifecycleEvent[]): string[] {
  const wanted = new Map(entries.flatMap(wantedOf).map((event) => [event.id, event]))
  const ids = new Set(found.map(({ id }) => id))
  return [
    ...[...wanted].flatMap(([id, { type }]) => (ids.has(id) ? [] : [`missing: ${type} of ${id}`])),
    ...found.flatMap((event) => {
      const want = wanted.get(event.id)
      if (want === undefined) return [`without history: ${event.type} of ${event.id}`]
      return isDeepStrictEqual(want, told(event)) ? [] : [`differs: ${event.type} of ${event.id}`]
    }),
  ]
}

type Told = Readonly<Record<'id' | 'type' | 'atMs' | 'revision' | 'status' | 'state', unknown>> & {
  readonly id: string
  readonly type: string
  readonly detail: unknown
  readonly sent: number
  readonly entry: unknown
}

function wantedOf(entry: Entry): readonly Told[] {
  const { sagaId, seq: revision, atMs, status, state, event, facts } = entry
  return facts.flatMap(({ type, seq, detail }, index) => {
    if (seq === undefined) return []
    const next = facts.findIndex((fact, at) => at > index && fact.seq !== undefined)
    const sent = (next < 0 ? facts.length : next) - index - 1
    const carried = index === 0 ? { event, at: atMs } : undefined
    const id = `${sagaId}/event/${seq}`
    return { id, type, atMs, revision, status, state, detail, sent, entry: carried }
  })
}

function told({ id, type, time, data }: LifecycleEvent): Told {
  const { revision, status, state, detail, entry, sent = [] } = data
  const atMs = time.getTime()
  return { id, type, atMs, revision, status, state, detail, sent: sent.length, entry }
}

function auditSaga(
  row: SagaRow,
  events: readonly LifecycleEvent[],
  definitions: readonly SagaDefinition[],
): string[] {
  const { id, status, revision, snapshot } = row
  const played = replaySagaEvents(
    events,
    (_, version) => definitions.find((one) => one.version === version) ?? null,
  )
  const { saga } = played
  const isSame =
    saga?.status === status &&
    saga.revision === revision &&
    saga.sequence === snapshot.sequence &&
    isDeepStrictEqual(withoutLimits(saga.steps), withoutLimits(snapshot.steps ?? [])) &&
    isDeepStrictEqual(plain(saga.context), plain(snapshot.context))
  const folded = foldSagaEvents(events)
  return [
    ...(played.problem === null ? [] : [`${played.problem}: ${id}`]),
    ...(isSame ? [] : [`replayed otherwise: ${id}`]),
    ...(folded?.status === status && folded.isWhole ? [] : [`folded otherwise: ${id}`]),
  ]
}

/** Limits are no part of a definition's hash: a system under load has others. */
function withoutLimits(steps: Saga['steps']): unknown {
  return plain(steps.map(({ attemptsMax: _, ...step }) => step))
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null))
