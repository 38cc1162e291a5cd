// The demo from start to end: Kafka and Postgres, the system, five orders, the end of it all.
// Called by main.ts; whatever was started is stopped, also after a failure or an interruption.
import type { LocalParts } from '../../local/local-parts.ts'
import type { Clock } from '../../orchestrator/index.ts'
import { onDemoSystem } from './demo-system.ts'
import { keepText } from './keep-text.ts'
import { onLocalParts, rejectedBy } from './on-local-parts.ts'
import type { Paint } from './paint.ts'
import type { OrderRun } from './run-order.ts'
import { isRight, runOrders } from './run-orders.ts'

export type DemoOptions = {
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
 * Answers whether every order ended as it must. `isKept`: stays up afterwards, until the signal.
 * @throws what went wrong on the way, the signal's reason among it.
 */
export async function runDemo(options: DemoOptions, isKept: boolean): Promise<boolean> {
  const { say, clock, paint } = options
  const startedAt = clock.monotonicMs()
  const runs = await onLocalParts(options, (parts) => runOnParts(parts, options, isKept))
  if (!isKept) {
    const seconds = (clock.monotonicMs() - startedAt) / 1_000
    say('')
    say(`${summary(runs, paint)} Everything is stopped again; it took ${seconds.toFixed(0)} s.`)
  }
  return runs.every(isRight)
}

function runOnParts(
  parts: LocalParts,
  options: DemoOptions,
  isKept: boolean,
): Promise<readonly OrderRun[]> {
  const { signal, report, say, clock, paint } = options
  return onDemoSystem({ parts, clock, signal, report }, async (demo) => {
    const runs = await runOrders(demo, options)
    if (!runs.every(isRight)) for (const line of demo.warnings.lines()) report(line)
    if (isKept) {
      const { url, databases } = demo.system
      const { brokers } = parts.kafka
      const sagaId = runs[0]?.saga.id ?? ''
      for (const line of ['', summary(runs, paint)]) say(line)
      for (const line of keepText({ url, brokers, databases, sagaId, paint })) say(line)
      await rejectedBy(signal).catch(() => undefined)
    }
    return runs
  })
}

function summary(runs: readonly OrderRun[], paint: Paint): string {
  const right = runs.filter(isRight).length
  if (right === runs.length) return paint('green', `All ${right} orders ended as they must.`)
  return paint('red', `Only ${right} of ${runs.length} orders ended as they must.`)
}
