// The order system as the demos run it, with a payment service that can be told to die.
import { freePorts } from '../../local/free-ports.ts'
import type { LocalParts } from '../../local/local-parts.ts'
import type { Clock } from '../../orchestrator/index.ts'
import {
  type OrderSystem,
  type OrderSystemOptions,
  startOrderSystem,
} from '../system/order-system.ts'
import { createWarnings, type Warnings } from './warnings.ts'

export type DemoSystem = {
  readonly system: OrderSystem
  /** The switch of the payment service for faults on purpose. */
  readonly faultsUrl: string
  readonly warnings: Warnings
}

export type DemoSystemOptions = {
  readonly parts: LocalParts
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly report: (line: string) => void
} & Pick<OrderSystemOptions, 'environment' | 'viewPort'>

/**
 * Patience of the system: two attempts of 2 s make an outcome unknown after 4 s, and an undo has
 * ten, enough for a service to come back. 6 s is the least that Kafka lets a group wait for a
 * member that was killed.
 */
export const patience = {
  STEP_TIMEOUT_MS: '2000',
  STEP_ATTEMPTS: '2',
  KAFKA_SESSION_TIMEOUT_MS: '6000',
}

/** Begins the names of all databases of a demo. */
export const databasePrefix = 'sagaline_demo_'

/** Runs `run` on a system of its own, and stops it afterwards, however that ended. */
export async function onDemoSystem<T>(
  options: DemoSystemOptions,
  run: (demo: DemoSystem) => Promise<T>,
): Promise<T> {
  const { report, clock, environment, ...given } = options
  const startedAt = clock.monotonicMs()
  const warnings = createWarnings()
  const [port = 0] = await freePorts(1)
  const system = await startOrderSystem({
    ...{ ...given, report, prefix: databasePrefix, onLine: warnings.add },
    environment: { ...patience, ...environment, FAULT_SERVICES: `http://127.0.0.1:${port}` },
    paymentsEnvironment: { HEALTH_PORT: `${port}`, FAULTS_ENABLED: 'true', NODE_ENV: 'demo' },
  })
  try {
    const tookMs = clock.monotonicMs() - startedAt
    report(`orchestrator, orders and payments: ready in ${(tookMs / 1_000).toFixed(1)} s`)
    return await run({ system, faultsUrl: `http://127.0.0.1:${port}/faults`, warnings })
  } finally {
    report('stopping orchestrator, orders and payments')
    await system.stop()
  }
}
