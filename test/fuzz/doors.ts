// The doors that records of strangers come through, each over parts that only count what gets to
// them: a record must end as taken, as told to the parent that asked, or as parked, exactly once.
import type { Handled, IncomingRecord } from '../../messaging/bus.ts'
import type { Db } from '../../messaging/db.ts'
import { decodeMessage } from '../../messaging/envelope.ts'
import { silentLog } from '../../messaging/log.ts'
import { readLogLine } from '../../messaging/log-line.ts'
import type { SagaId } from '../../messaging/message.ts'
import { noMetrics } from '../../messaging/metrics.ts'
import type { AdvanceSagas } from '../../orchestrator/coordinator/advance-sagas.ts'
import type { Instances } from '../../orchestrator/coordinator/instances.ts'
import { takeReplies } from '../../orchestrator/coordinator/reply-intake.ts'
import { createSagaMetrics } from '../../orchestrator/coordinator/saga-metrics.ts'
import { takeSignals } from '../../orchestrator/coordinator/signal-intake.ts'
import { takeStarts } from '../../orchestrator/coordinator/start-intake.ts'
import type { StartRequest } from '../../orchestrator/coordinator/start-saga.ts'
import type { StartSagas } from '../../orchestrator/coordinator/start-sagas.ts'
import { orchestratorError } from '../../orchestrator/errors.ts'
import { noPoint } from '../../orchestrator/points.ts'
import { readTold } from '../../orchestrator/stats/told.ts'
import { createRowCipher } from '../../orchestrator/store/row-cipher.ts'
import { sortRecords } from '../../participant/intake.ts'
import { createInstantClock } from '../messaging/instant-clock.ts'
import { cipher, handlers, registry } from './sample-records.ts'

export type Tally = { taken: number; told: number; parked: number }

export type Door = (records: readonly IncomingRecord[], tally: Tally) => Promise<void>

const published = Promise.resolve()

export const doors: Readonly<Record<string, Door>> = {
  envelope: async (records, tally) => {
    for (const record of records) {
      if ('problem' in decodeMessage(record, cipher)) tally.parked += 1
      else tally.taken += 1
    }
  },
  commands: async (records, tally) => {
    const { commands, poison } = sortRecords(
      { service: 'parcels', handlers, cipher, takenAtMs: 0 },
      records,
    )
    const refused = commands.filter(({ payloadProblem }) => payloadProblem !== null)
    tally.taken += commands.length - refused.length
    tally.parked += poison.length
  },
  replies: (records, tally) => settle(takeReplies(partsFor(tally), records)),
  signals: (records, tally) => settle(takeSignals(partsFor(tally), records)),
  starts: (records, tally) => settle(takeStarts(partsFor(tally), records)),
  events: async (records, tally) => {
    for (const record of records) {
      const isTold = readTold(record, String(record.key) as SagaId) !== null
      tally[isTold ? 'taken' : 'parked'] += 1
    }
  },
  logs: async (records, tally) => {
    for (const { value } of records) {
      const isLine = value !== null && readLogLine(value) !== null
      tally[isLine ? 'taken' : 'parked'] += 1
    }
  },
}

async function settle(handled: Promise<Handled>): Promise<void> {
  await (await handled).settled
}

function partsFor(tally: Tally) {
  const rows = createRowCipher(registry, cipher)
  return {
    ...{ cipher, rows, registry, log: silentLog, onPoint: noPoint },
    meters: createSagaMetrics(noMetrics),
    tracing: null,
    db: parkingDb(tally),
    sagas: countingSagas(tally),
    starts: countingStarts(tally),
    instances: { isKnown: () => false, refresh: async () => undefined } as unknown as Instances,
    clock: createInstantClock(),
    stopping: new AbortController().signal,
    waiting: { signals: 0 },
  }
}

/** Knows no saga; a child that is taken back is therefore started and blocked. */
function countingSagas(tally: Tally): AdvanceSagas {
  const advance: AdvanceSagas['advance'] = async (items) =>
    items.map(({ sagaId, event }) => {
      const isUnknown = event.type === 'revoked'
      if (!isUnknown) tally.taken += 1
      const problem = isUnknown ? orchestratorError('SAGA_NOT_FOUND', { id: sagaId }) : null
      return { problem, facts: [], published } as never
    })
  return { advance } as AdvanceSagas
}

function countingStarts(tally: Tally): StartSagas {
  const begin = (name: string, input: unknown) => {
    const definition = registry.newest(name)
    if (definition === null) throw orchestratorError('SAGA_NAME_UNKNOWN', { name })
    const problem = definition.checkInput(input)
    if (problem !== null) throw orchestratorError('SAGA_INPUT_INVALID', { name, problem })
    tally.taken += 1
    return { isNew: true, published }
  }
  return {
    start: async ({ name, input }: StartRequest) => begin(name, input),
    startChild: async ({ name }: { name: string }, { input }: { input: unknown }) =>
      begin(name, input),
    answer: async () => {
      tally.told += 1
    },
  } as unknown as StartSagas
}

const knownKey = 'P-1'

/** Knows one business key, and parks; it refuses what Postgres would refuse. */
function parkingDb(tally: Tally): Db {
  const query = async (statement: { readonly name?: string }, values: readonly unknown[]) => {
    if (statement.name === 'sagas.keyed') {
      const isKnown = values[0] === knownKey
      return { rows: isKnown ? [{ id: knownKey, is_living: true }] : [], rowCount: 0 }
    }
    if (statement.name === 'insert-dead-letters') {
      values.forEach(refuseUnstorable)
      tally.parked += (values[0] as readonly unknown[]).length
    } else if (statement.name !== 'sagas.find') {
      throw new Error(`an unexpected statement: ${statement.name}`)
    }
    return { rows: [], rowCount: 0 }
  }
  return { query } as unknown as Db
}

function refuseUnstorable(column: unknown): void {
  for (const value of column as readonly unknown[]) {
    if (typeof value !== 'string') continue
    if (value.includes('\0') || /\\u0000|\p{Surrogate}/u.test(value)) {
      throw new Error('Postgres would refuse this text')
    }
  }
}
