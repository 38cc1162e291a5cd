// Two minutes of chaos on three brokers, Postgres and six processes: every planned fault happens,
// every saga ends, and nothing is lost. `npm run chaos` is the same for as long as one likes.
import { expect, it } from 'vitest'
import { runChaos } from '../chaos/run-chaos.ts'

/** One plan of faults each time; what falls together differs from run to run. */
const seed = 20_261_128
const minutes = 2
/** A minute is promised; a machine that is busy with other tests gets more. */
const drainMsMax = 180_000
/** The first run on a machine builds the proxy and fetches Kafka. */
const testLimitMs = 20 * 60_000

it(
  'two minutes of chaos lose nothing',
  async () => {
    const lines: string[] = []
    const print = (line: string) => {
      lines.push(line)
      console.log(`[chaos] ${line}`)
    }
    const { violations, record, planned } = await runChaos({ seed, minutes, drainMsMax, print })
    expect(violations, lines.join('\n')).toEqual([])
    const kinds = new Set(record.faults.map(({ kind }) => kind))
    expect(record.faults.length).toBe(planned)
    expect(kinds.size).toBeGreaterThanOrEqual(14)
    expect(record.ended).toBeGreaterThan(0)
  },
  testLimitMs,
)
