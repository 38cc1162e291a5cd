// Runs a service until it is told to stop: by a signal, or by the end of the process that started
// it. Called by the `main.ts` files.
import {
  createCipher,
  createMetrics,
  type Db,
  type Log,
  type Metrics,
  missingMigrations,
  noMetrics,
  realClock,
} from '../../participant/index.ts'
import { serviceError } from '../errors.ts'
import { HealthServer } from './health-server.ts'
import {
  migrationsOf,
  openBus,
  openDatabase,
  type ServiceParts,
  withParts,
} from './service-parts.ts'

/** An orderly stop that takes longer is cut off; what is not finished comes again. */
const stopMsMax = 30_000

type Stoppable = { stop(): Promise<void> }

/** Resolves when commands are taken; ends the process with 1 when it cannot start. */
export function serve(make: () => ServiceParts): Promise<void> {
  return withParts(make, async (parts, { log, tracing, logTopic }) => {
    const { description, participant } = parts
    // A parent that is gone before this one is ready: there is nothing to finish.
    process.once('disconnect', () => process.exit(1))
    log.info('service.config', { config: description })
    logTopic?.start()
    const db = openDatabase(parts, log)
    const missing = await missingMigrations(db, migrationsOf(parts))
    if (missing.length > 0) {
      throw serviceError('MIGRATIONS_MISSING', { service: participant.service, missing })
    }
    const bus = openBus(parts, log)
    await bus.start()
    const cipher = createCipher(parts.config.encryptionKeys ?? [])
    const metrics = parts.config.metrics ? createMetrics({ log, ofProcess: true }) : noMetrics
    const watched = { metrics, ...(tracing && { tracing }) }
    await participant.start({ db, bus, log, clock: realClock, cipher, ...watched })
    process.removeAllListeners('disconnect')
    logTopic?.watch(metrics)
    const health = await startHealth(parts, { metrics, db, log })
    stopWhenTold([...health, participant, bus, db, ...(logTopic ? [logTopic] : [])], log)
    log.info('service.ready')
    process.send?.({ type: 'ready' })
  })
}

async function startHealth(
  parts: ServiceParts,
  { metrics, db, log }: { readonly metrics: Metrics; readonly db: Db; readonly log: Log },
): Promise<readonly Stoppable[]> {
  const { config, participant, faults } = parts
  if (config.healthPort === 0) return []
  const { healthHost: host, healthPort: port } = config
  const problem = () => participant.problem()
  const answer = async (url: URL) => {
    try {
      return (await parts.answer?.(db, url)) ?? null
    } catch (error) {
      log.warn('service.answer.failed', { path: url.pathname, error })
      return { status: 503, body: { code: 'NOT_NOW' } }
    }
  }
  const health = new HealthServer({ host, port, problem, faults, metrics, answer })
  await health.start()
  return [health]
}

function stopWhenTold(parts: readonly Stoppable[], log: Log): void {
  let isStopping = false
  const stop = async (): Promise<void> => {
    if (isStopping) return
    isStopping = true
    log.info('service.stopping')
    setTimeout(() => process.exit(1), stopMsMax).unref()
    for (const part of parts) await part.stop()
    log.info('service.stopped')
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop())
  // Started by another program with a channel, it ends with that program.
  process.on('disconnect', () => void stop())
}
