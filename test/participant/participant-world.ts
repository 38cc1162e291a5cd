// A participant of the ledger over a stub bus and a database of its own.
import { realClock } from '../../messaging/clock.ts'
import { type Log, silentLog } from '../../messaging/log.ts'
import type { Message } from '../../messaging/message.ts'
import {
  createParticipant,
  type Participant,
  type ParticipantOptions,
} from '../../participant/index.ts'
import { type LedgerOptions, ledgerHandlers, ledgerSql } from './ledger.ts'
import { createStubBus, type StubBus } from './stub-bus.ts'
import { createTestDatabase, type TestDatabase } from './test-database.ts'

export type World = {
  readonly bus: StubBus
  readonly participant: Participant
  /** The sagas of each call of the batch handler. */
  readonly calls: readonly (readonly string[])[]
  /** Events logged as errors. */
  readonly alarms: readonly string[]
  /** Delivers one message alone and returns what was published because of it. */
  send(message: Message): Promise<readonly Message[]>
}

export const createLedgerDatabase = (): Promise<TestDatabase> =>
  createTestDatabase(['messaging', 'participant'], ledgerSql)

export type WorldOptions = LedgerOptions & Partial<ParticipantOptions>

export async function startWorld(
  database: TestDatabase,
  options: WorldOptions = {},
): Promise<World> {
  const { handlers, calls } = ledgerHandlers(options)
  const bus = createStubBus()
  const alarms: string[] = []
  const log: Log = { ...silentLog, error: (name) => void alarms.push(name) }
  const participant = createParticipant({
    service: 'ledger',
    commands: handlers,
    backoff: { initialMs: 1, maxMs: 2 },
    ...options,
  })
  await participant.start({ db: database.db, bus, log, clock: realClock })
  const send = async (message: Message) => {
    const before = bus.published.length
    await bus.deliver(message)
    return bus.published.slice(before)
  }
  return { bus, participant, calls, alarms, send }
}
