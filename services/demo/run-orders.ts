// The five orders one after the other, each told as it goes. Called by both demos.
import type { Clock } from '../../orchestrator/index.ts'
import type { DemoSystem } from './demo-system.ts'
import { orderHeading, orderLine, orderReport } from './order-report.ts'
import type { Paint } from './paint.ts'
import { type OrderRun, runOrder } from './run-order.ts'
import { createSagaApi } from './saga-api.ts'
import { scenarios } from './scenarios.ts'
import { openServiceRows } from './service-rows.ts'

export type RunOrdersOptions = {
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly paint: Paint
  readonly say: (line: string) => void
}

export async function runOrders(
  { system, faultsUrl }: DemoSystem,
  { signal, clock, paint, say }: RunOrdersOptions,
): Promise<readonly OrderRun[]> {
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

export const isRight = ({ problems }: OrderRun) => problems.length === 0
