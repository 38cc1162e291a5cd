// Sagaline itself: the example system as users run it, with REST, recovery, timers and events.
import { fileURLToPath } from 'node:url'
import { type OrderSystem, startOrderSystem } from '../../services/system/order-system.ts'
import { batchesOf } from '../batches.ts'
import { perSaga, readCounts } from '../costs.ts'
import { countDisagreements } from '../disagreements.ts'
import type { RestLoadOrder } from '../load.ts'
import { forkLoad, measure } from '../measure.ts'
import type { ProcessKinds } from '../process-usage.ts'
import { type EngineOptions, partsOf, type RunningEngine } from './engine.ts'

const program = fileURLToPath(new URL('../load.ts', import.meta.url))

export type RunningSagaline = { readonly engine: RunningEngine; readonly system: OrderSystem }

export async function startSagaline(
  options: EngineOptions,
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningSagaline> {
  const { parts, report } = options
  const system = await startOrderSystem({
    parts,
    report,
    orchestrators: options.orchestrators,
    environment: {
      LOG_LEVEL: 'warn',
      TOPIC_PARTITIONS: String(options.partitions),
      ...environment,
    },
  })
  const { databases } = system
  const processes = () => ({ ...partsOf(parts), ...processesOf(system) })
  const engine: RunningEngine = {
    kind: 'sagaline',
    measure: async (times) => {
      const order: RestLoadOrder = { ...times, urls: system.orchestrators.map(({ url }) => url) }
      const before = await readCounts(parts, databases)
      const figures = await measure(order, forkLoad(program, order, { report }), processes)
      const after = await readCounts(parts, databases)
      const { sagas, batches } = batchesOf(before, after)
      return { engine: 'sagaline', ...figures, batches, perSaga: perSaga(before, after, sagas) }
    },
    disagreements: () => countDisagreements(databases),
    stop: () => system.stop(),
  }
  return { engine, system }
}

export function processesOf(system: OrderSystem): ProcessKinds {
  const pids = (processes: readonly { readonly pid: number | null }[]) =>
    processes.flatMap(({ pid }) => pid ?? [])
  return {
    orchestrator: pids(system.orchestrators),
    services: pids([system.orders, ...system.payments]),
  }
}
