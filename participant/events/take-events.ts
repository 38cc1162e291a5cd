// Takes a batch of records for one generation of a consumer: in one transaction how far it has come,
// which events were taken, what the handlers wrote and what had to be set aside.
import type { IncomingRecord } from '../../messaging/bus.ts'
import type { Cipher } from '../../messaging/cipher.ts'
import { type Backoff, backoffMs, type Clock } from '../../messaging/clock.ts'
import { type Db, isTransientDbError, type Tx } from '../../messaging/db.ts'
import { park } from '../../messaging/dead-letters.ts'
import { masked } from '../../messaging/encrypted-fields.ts'
import { SagalineError } from '../../messaging/errors.ts'
import { inHalves } from '../../messaging/in-halves.ts'
import type { Log } from '../../messaging/log.ts'
import { hasSensitive } from '../../messaging/sensitive.ts'
import { sqlStateOf } from '../db-trouble.ts'
import { participantError, participantErrors } from '../errors.ts'
import { scopeTx } from '../scoped-tx.ts'
import { within } from '../within.ts'
import type { EventHandler, ReceivedEvent } from './event-handler.ts'
import type { EventMetrics } from './event-metrics.ts'
import { isWanted } from './generations.ts'
import { noteNew, type Reading } from './inbox.ts'
import { isPast, type Missed, missedBefore } from './known-places.ts'
import { lockPositions, movePositions, partitionKey } from './positions.ts'
import { type Sorted, sortEvents, type WantedEvents } from './sort-events.ts'

export type Taking = {
  readonly reading: Reading
  readonly wanted: WantedEvents
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly cipher: Cipher
  readonly meters: EventMetrics
  /** Tries of an event whose handler throws, before it is set aside. */
  readonly attempts: number
  readonly backoff: Backoff
  /** For what of a batch goes to one handler. */
  readonly handlerMsMax: number
  /** How long the inbox knows an event. */
  readonly inboxRetentionMs: number
  /** Partitions of which a batch was taken since the group was joined, by `partitionKey`. */
  readonly seen: Set<string>
  /** What waits for another try is given up then; its records come again. */
  readonly stopping: AbortSignal
}

/** Rejects only with what passes: the same records then come again. */
export async function takeEvents(
  taking: Taking,
  records: readonly IncomingRecord[],
): Promise<void> {
  const { wanted, cipher, reading } = taking
  const { generation } = reading
  await inHalves(sortEvents({ wanted, cipher, generation }, records), {
    work: (some) => takeOnce(taking, some),
    onRefused: (one, error) => tryAgain(taking, one, error),
  })
}

/** Those behind it wait meanwhile, so that they keep their order. */
async function tryAgain(taking: Taking, one: Sorted, first: unknown): Promise<void> {
  const { clock, log, attempts, backoff, stopping } = taking
  let error = first
  for (let attempt = 1; attempt < attempts; attempt += 1) {
    log.warn('consumer.event.failed', { id: one.event?.id, attempt, error })
    await clock.wait(backoffMs(backoff, attempt, clock.random), stopping)
    if (stopping.aborted) throw participantError('PARTICIPANT_STOPPED')
    error = await takeOnce(taking, [one]).then(
      () => null,
      (again: unknown) => again,
    )
    if (error === null) return
    if (isTransientDbError(error)) throw error
  }
  await takeOnce(taking, [{ ...one, error: failed(one.handler, one.event?.type, error) }])
}

/** What a handler of sensitive events threw may quote them. */
function failed(handler: EventHandler | undefined, name: unknown, error: unknown): SagalineError {
  if (error instanceof SagalineError && error.code in participantErrors) return error
  const isSecret = handler?.contracts.some(({ data }) => hasSensitive(data)) === true
  if (isSecret) return participantError('HANDLER_FAILED', { name, problem: masked })
  const problem = error instanceof Error ? error.message : String(error)
  return participantError('HANDLER_FAILED', { name, problem }, error)
}

type Taken = {
  readonly fresh: ReadonlySet<ReceivedEvent>
  readonly poison: readonly Sorted[]
  readonly missed: readonly Missed[]
}

async function takeOnce(taking: Taking, sorted: readonly Sorted[]): Promise<void> {
  const { db, meters } = taking
  const taken = await db.transaction((tx) => takeIn(tx, taking, sorted))
  if (taken === null) return
  for (const { record } of sorted) taking.seen.add(partitionKey(record))
  const isTold = ({ error }: Sorted) => error === undefined
  meters.taken(eventsOf(sorted.filter(isTold)), taken.fresh)
  report(taking, taken)
}

/** Null: what was fetched before the generation retired is nobody's any more. */
async function takeIn(tx: Tx, taking: Taking, sorted: readonly Sorted[]): Promise<Taken | null> {
  const { reading, clock, inboxRetentionMs, seen } = taking
  const records = sorted.map(({ record }) => record)
  const [isOn, positions] = await Promise.all([
    isWanted(tx, reading),
    lockPositions(tx, reading, records),
  ])
  if (!isOn) return null
  void movePositions(tx, reading, records)
  const places = { positions, now: clock.now(), inboxRetentionMs }
  const due = sorted.filter(({ record }) => !isPast(places, record))
  const told = due.filter(({ error }) => error === undefined)
  const poison = due.filter(({ error }) => error !== undefined)
  const fresh = await noteNew(tx, reading, eventsOf(told))
  for (const run of runsOf(told, fresh)) await handle(taking, tx, run)
  await parkAll(tx, taking, poison)
  return { fresh, poison, missed: missedBefore(positions, records, seen) }
}

function eventsOf(sorted: readonly Sorted[]): readonly ReceivedEvent[] {
  return sorted.flatMap(({ event }) => (event === undefined ? [] : [event]))
}

function report({ log, meters, reading }: Taking, { poison, missed }: Taken): void {
  for (const { record, error } of poison) {
    const { topic, partition, offset } = record
    log.error('consumer.record.parked', { topic, partition, offset: String(offset), error })
    meters.parked(error?.code ?? '')
  }
  for (const { topic, partition, from, to } of missed) {
    const gap = { topic, partition, from: String(from), to: String(to) }
    log.error('consumer.records.missed', { ...reading, ...gap })
    meters.missed(topic, Number(to - from))
  }
}

async function parkAll(tx: Tx, { reading }: Taking, poison: readonly Sorted[]): Promise<void> {
  const { consumer } = reading
  const letters = poison.map(({ record, error, isSensitive }) => {
    return { record, consumer, code: error?.code ?? '', reason: error?.message ?? '', isSensitive }
  })
  await park(tx, letters)
}

type Run = { readonly handler: EventHandler; readonly events: ReceivedEvent[] }

/** Events that follow each other and have one handler. */
function runsOf(told: readonly Sorted[], fresh: ReadonlySet<ReceivedEvent>): readonly Run[] {
  const runs: Run[] = []
  for (const { event, handler } of told) {
    if (event === undefined || handler === undefined || !fresh.has(event)) continue
    const last = runs.at(-1)
    if (last?.handler === handler) last.events.push(event)
    else runs.push({ handler, events: [event] })
  }
  return runs
}

async function handle(taking: Taking, inner: Tx, { handler, events }: Run): Promise<void> {
  const { clock, handlerMsMax: limitMs } = taking
  const name = events[0]?.type
  const scoped = scopeTx(inner)
  const late = () => participantError('HANDLER_TIMEOUT', { name, limitMs })
  try {
    await within(clock, limitMs, () => handler.work(scoped.tx, events), late)
  } catch (error) {
    if (raceStates.has(sqlStateOf(error))) throw error
    const trouble = scoped.trouble()
    if (trouble !== null) throw trouble
    // A network that failed it is its own, and not Postgres's.
    throw failed(handler, name, error)
  } finally {
    scoped.close()
  }
}

/** Rows that others hold: whoever comes again gets them. */
const raceStates: ReadonlySet<string | null> = new Set(['40001', '40P01', '55P03'])
