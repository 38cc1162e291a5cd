// The world on real parts: an orchestrator and the participants in this process, one empty database
// for all of them, a Kafka of which the topics are theirs.
import { realClock } from '../messaging/clock.ts'
import { openDb } from '../messaging/db.ts'
import { createKafkaBus } from '../messaging/kafka/kafka-bus.ts'
import { silentLog } from '../messaging/log.ts'
import { migrate } from '../messaging/migrate.ts'
import type { SagaDefinition } from '../orchestrator/definition/saga-definition.ts'
import { isEnded } from '../orchestrator/engine/saga.ts'
import { migrateOrchestrator } from '../orchestrator/migrate-orchestrator.ts'
import { createOrchestrator } from '../orchestrator/orchestrator.ts'
import { participantMigrations } from '../participant/migrations.ts'
import type { Participant } from '../participant/participant.ts'
import { testingError } from './errors.ts'
import type { SagaAtRest, SagaWorld } from './saga-world.ts'

export type RealParts = {
  readonly brokers: readonly string[]
  /** Of a database that the test may fill. */
  readonly databaseUrl: string
}

export type RealOptions = {
  readonly definitions: readonly SagaDefinition[]
  readonly participants: readonly Participant[]
  readonly real: RealParts
  readonly limitMs: number
}

/** Enough for the orchestrator and some participants. */
const connectionsMax = 10
const topics = { partitions: 1, replicationFactor: 1 }
const pollMs = 25

export async function openRealWorld(options: RealOptions): Promise<SagaWorld> {
  const { definitions, participants, real, limitMs } = options
  const { brokers, databaseUrl } = real
  const [log, clock] = [silentLog, realClock]
  const lost = new AbortController()
  const onFatal = (error: Error) => lost.abort(error)
  const bus = createKafkaBus({ brokers, clientId: 'sagaline-test', log, onFatal })
  const db = openDb({ url: databaseUrl, applicationName: 'sagaline-test', connectionsMax })
  await bus.start()
  await migrateOrchestrator({ databaseUrl, bus, definitions, log, topics })
  await migrate({ url: databaseUrl, sets: participantMigrations, log })
  const http = { host: '127.0.0.1', port: 0 }
  const orchestrator = createOrchestrator({ definitions, db, bus, clock, log, http })
  for (const participant of participants) await participant.start({ db, bus, log, clock })
  const { url } = await orchestrator.start()
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${url}${path}`, { ...init, signal: lost.signal })
    return (await response.json()) as SagaAtRest & { readonly detail?: string }
  }
  return {
    run: async ({ name }, input) => {
      const headers = { 'content-type': 'application/json' }
      const body = JSON.stringify(input)
      const started = await ask(`/sagas/${name}`, { method: 'POST', headers, body })
      if (started.id === undefined) throw new Error(started.detail)
      const until = clock.monotonicMs() + limitMs
      for (;;) {
        const saga = await ask(`/sagas/${started.id}`)
        if (isEnded(saga) || saga.status === 'stuck') return saga
        if (clock.monotonicMs() > until) {
          const { id, status } = saga
          throw testingError('WORLD_LIMIT', { id, limitMs, status, waits: 'see REST' })
        }
        await clock.wait(pollMs)
      }
    },
    stop: async () => {
      await orchestrator.stop()
      for (const participant of participants) await participant.stop()
      await bus.stop()
      await db.stop()
    },
  }
}
