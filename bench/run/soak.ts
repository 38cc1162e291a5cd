// `npm run bench -- --soak MINUTES`: one load for a long time, and the memory of every kind of
// process as it goes: what leaks shows as a slope.
import { fileURLToPath } from 'node:url'
import { startLocalParts } from '../../local/local-parts.ts'
import { startOrderSystem } from '../../services/system/order-system.ts'
import type { BenchArguments } from '../arguments.ts'
import { countDisagreements } from '../disagreements.ts'
import { processesOf } from '../engines/sagaline.ts'
import type { RestLoadOrder } from '../load.ts'
import { forkLoad } from '../measure.ts'
import { rssMb } from '../process-usage.ts'
import { figure, textTable } from '../text-table.ts'
import { partitions } from './run-engines.ts'

const program = fileURLToPath(new URL('../load.ts', import.meta.url))
const samples = 60

/** Answers the exit code of the program. */
export async function soak(given: BenchArguments, minutes: number): Promise<number> {
  const report = (line: string) => console.log(`  ${line}`)
  const parts = await startLocalParts({ report, isForLoad: true })
  const { orchestrators, inFlight: loads, warmUpSeconds } = given
  const environment = { LOG_LEVEL: 'warn', TOPIC_PARTITIONS: String(partitions) }
  try {
    const system = await startOrderSystem({ parts, report, orchestrators, environment })
    const times = { warmUpMs: warmUpSeconds * 1_000, measureMs: minutes * 60_000 }
    const urls = system.orchestrators.map(({ url }) => url)
    const order: RestLoadOrder = { inFlight: loads[0] ?? 1, ...times, urls }
    const load = forkLoad(program, order, { report: () => undefined })
    await load.measuring
    const startedAt = performance.now()
    const rows: string[][] = []
    const sample = () => {
      const seconds = Math.round((performance.now() - startedAt) / 1_000)
      const kinds = Object.entries(processesOf(system))
      const sizes = kinds.map(([kind, pids]) => `${kind} ${pids.map((pid) => figure(rssMb(pid)))}`)
      rows.push([`${seconds} s`, ...sizes])
      report(`RSS in MB after ${rows.at(-1)?.join(': ')}`)
    }
    const timer = setInterval(sample, (minutes * 60_000) / samples)
    const result = await load.measured
    clearInterval(timer)
    await load.drained
    const disagreements = await countDisagreements(system.databases)
    await system.stop()
    console.log(`\n${textTable([['RSS in MB'], ...rows])}`)
    console.log(`${result.ended} sagas, ${figure(result.ended / result.seconds)} a second`)
    console.log(`${disagreements} rows of the three databases disagree`)
    return disagreements === 0 && result.failed === 0 ? 0 : 1
  } finally {
    await parts.stop()
  }
}
