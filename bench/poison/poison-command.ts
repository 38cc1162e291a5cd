// `npm run bench -- poison`: the same load without and with poison records, and the ratio.
import { parseArgs } from 'node:util'
import { startLocalParts } from '../../local/local-parts.ts'
import { whole } from '../arguments.ts'
import { startSagaline } from '../engines/sagaline.ts'
import { partitions } from '../run/run-engines.ts'
import { measurePoison, printPoison, ratioMin } from './measure-poison.ts'

const usage = `npm run bench -- poison [--percent N] [--c N] [--seconds N] [--warm-up N]

Measures sagas in flight (--c, 256) without and with N percent of poison (1) among the records on the
topics of commands and replies, in turn, for N seconds each (20) after a warm-up (5), and prints the
ratio. It ends with 1 when that is below ${ratioMin}, or when a poison record was not parked.`

const say = (line: string) => console.log(`  ${line}`)

/** Answers the exit code of the program. */
export async function poisonCommand(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      percent: { type: 'string', default: '1' },
      c: { type: 'string', default: '256' },
      seconds: { type: 'string', default: '20' },
      'warm-up': { type: 'string', default: '5' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(usage)
    return 0
  }
  const plan = {
    percent: whole('--percent', values.percent, 99),
    inFlight: whole('--c', values.c),
    warmUpMs: whole('--warm-up', values['warm-up']) * 1_000,
    measureMs: whole('--seconds', values.seconds) * 1_000,
  }
  const parts = await startLocalParts({ report: say, isForLoad: true })
  try {
    const options = { parts, report: say, partitions, orchestrators: 1, sketch: null }
    const sagaline = await startSagaline(options)
    const result = await measurePoison({ ...plan, ...sagaline, brokers: parts.kafka.brokers })
    await sagaline.engine.stop()
    printPoison(result)
    const { ratio, poisonSent, poisonParked, failed } = result
    return ratio >= ratioMin && poisonParked === poisonSent && failed === 0 ? 0 : 1
  } finally {
    await parts.stop()
  }
}
