// The demo from start to end: Kafka and Postgres, the system, five orders, the end of it all.
// Called by main.ts; whatever was started is stopped, also after a failure or an interruption.
import { freePorts } from '../../local/free-ports.ts'
import { type LocalParts, startLocalParts } from '../../local/local-parts.ts'
import type { Clock } from '../../orchestrator/index.ts'
import { type OrderSystem, startOrderSystem } from '../system/order-system.ts'
import { keepText } from './keep-text.ts'
import { orderHeading, orderLine, orderReport } from './order-report.ts'
import type { Paint } from './paint.ts'
import { type OrderRun, runOrder } from './run-order.ts'
import { createSagaApi } from './saga-api.ts'
import { scenarios } from './scenarios.ts'
import { openServiceRows } from './service-rows.ts'
import { createWarnings } from './warnings.ts'

export type DemoOptions = {
  readonly isKept: boolean
  /** Aborted when a person wants the end. */
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly paint: Paint
  /** The orders and what became of them. */
  readonly say: (line: string) => void
  /** What is being started and waited for. */
  readonly report: (line: string) => void
}

/**
 * Patience of the system: two attempts of 2 s make an outcome unknown after 4 s, and an undo has
 * ten, enough for a service to come back. 6 s is the least that Kafka lets a group wait for a
 * member that was killed.
 */
const environment = {
  STEP_TIMEOUT_MS: '2000',
  STEP_ATTEMPTS: '2',
  KAFKA_SESSION_TIMEOUT_MS: '6000',
}

/**
 * Answers whether every order ended as it must. @throws what went wrong on the way, the signal's
 * reason among it.
 */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const { signal, report, say, clock, isKept } = options
  const startedAt = clock.monotonicMs()
  // What is interrupted while it starts tidies up by itself once this process has ended.
  const parts = await Promise.race([startLocalParts({ report }), rejectedBy(signal)])
  let runs: readonly OrderRun[]
  try {
    runs = await runOnParts(parts, options)
  } finally {
    report('stopping Kafka and Postgres')
    await parts.stop()
  }
  if (!isKept) {
    const seconds = (clock.monotonicMs() - startedAt) / 1_000
    say('')
    say(
      `${summary(runs, options.paint)} Everything is stopped again; it took ${seconds.toFixed(0)} s.`,
    )
  }
  return runs.every(isRight)
}

async function runOnParts(parts: LocalParts, options: DemoOptions): Promise<readonly OrderRun[]> {
  const { signal, report, say, clock, paint, isKept } = options
  const startedAt = clock.monotonicMs()
  const prefix = 'sagaline_demo_'
  const warnings = createWarnings()
  const onLine = warnings.add
  const [port = 0] = await freePorts(1)
  const paymentsEnvironment = { HEALTH_PORT: `${port}`, FAULTS_ENABLED: 'true', NODE_ENV: 'demo' }
  const faultable = { ...environment, FAULT_SERVICES: `http://127.0.0.1:${port}` }
  const environments = { environment: faultable, paymentsEnvironment }
  const system = await startOrderSystem({ parts, report, prefix, ...environments, onLine, signal })
  try {
    const tookMs = clock.monotonicMs() - startedAt
    report(`orchestrator, orders and payments: ready in ${(tookMs / 1_000).toFixed(1)} s`)
    const runs = await runOrders(system, `http://127.0.0.1:${port}/faults`, options)
    if (!runs.every(isRight)) for (const line of warnings.lines()) report(line)
    if (isKept) {
      const { url, databases } = system
      const { brokers } = parts.kafka
      const sagaId = runs[0]?.saga.id ?? ''
      for (const line of ['', summary(runs, paint)]) say(line)
      for (const line of keepText({ url, brokers, databases, sagaId, paint })) say(line)
      await rejectedBy(signal).catch(() => undefined)
    }
    return runs
  } finally {
    report('stopping orchestrator, orders and payments')
    await system.stop()
  }
}

async function runOrders(
  system: OrderSystem,
  faultsUrl: string,
  options: DemoOptions,
): Promise<readonly OrderRun[]> {
  const { signal, clock, paint, say } = options
  const [payments] = system.payments
  if (payments === undefined) throw new Error('The system has no payment service.')
  const api = createSagaApi(system.url, signal)
  const serviceRows = openServiceRows(system.databases)
  const runs: OrderRun[] = []
  try {
    const steps = await api.steps()
    for (const [index, scenario] of scenarios.entries()) {
      for (const line of orderHeading(scenario, index + 1, paint)) say(line)
      const run = await runOrder(scenario, {
        ...{ api, payments, faultsUrl, serviceRows, clock, signal },
        idempotencyKey: clock.newSecret(),
        say: (line) => say(orderLine(line)),
      })
      for (const line of orderReport(run, steps, paint)) say(line)
      runs.push(run)
    }
  } finally {
    await serviceRows.stop()
  }
  return runs
}

const isRight = ({ problems }: OrderRun) => problems.length === 0

function summary(runs: readonly OrderRun[], paint: Paint): string {
  const right = runs.filter(isRight).length
  if (right === runs.length) return paint('green', `All ${right} orders ended as they must.`)
  return paint('red', `Only ${right} of ${runs.length} orders ended as they must.`)
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
