// Two minutes of chaos on three brokers, Postgres and six processes: every planned fault happens,
// every saga ends, and nothing is lost. `npm run chaos` is the same for as long as one likes.
import { expect, it } from 'vitest'
import { runChaos } from '../chaos/run-chaos.ts'

/** Another plan each time, so that in the end every kind of fault is met; it is printed. */
const seed = Date.now() % 2 ** 31
const minutes = 2
/** As it is promised. */
const drainMsMax = 60_000
/** A tenth of what the load asks for: other tests run beside it. */
const sagasPerMinuteMin = 200
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
    print(`npm run chaos -- --seed ${seed} --minutes ${minutes}`)
    const options = { seed, minutes, drainMsMax, sagasPerMinuteMin }
    const violations = await runChaos({ ...options, print })
    expect(violations, lines.join('\n')).toEqual([])
  },
  testLimitMs,
)
