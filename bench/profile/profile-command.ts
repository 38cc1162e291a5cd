// `npm run bench -- profile`: flame graphs of the orchestrator and the services under load, from
// the profiler of Node itself.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { startLocalParts } from '../../local/local-parts.ts'
import { whole } from '../arguments.ts'
import { startSagaline } from '../engines/sagaline.ts'
import { type CpuProfile, flameGraph, frameOf } from './flame-graph.ts'

const usage = `npm run bench -- profile [--c N] [--seconds N] [--out FOLDER]

Profiles orchestrator and services under a load (256 in flight for 20 s), and writes a flame graph
of each as SVG to the folder (docs/pictures).`

/** Answers the exit code of the program. */
export async function profileCommand(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      c: { type: 'string', default: '256' },
      seconds: { type: 'string', default: '20' },
      out: { type: 'string', default: 'docs/pictures' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(usage)
    return 0
  }
  const inFlight = whole('--c', values.c)
  const measureMs = whole('--seconds', values.seconds) * 1_000
  const profiles = await mkdtemp(path.join(tmpdir(), 'sagaline-profiles-'))
  try {
    const pids = await runProfiled(profiles, { inFlight, warmUpMs: 5_000, measureMs })
    await mkdir(values.out, { recursive: true })
    for (const file of await readdir(profiles)) {
      const name = pids.get(Number(file.split('.')[3]))
      // The migrate steps and the load are Node as well.
      if (name === undefined) continue
      const profile = JSON.parse(await readFile(path.join(profiles, file), 'utf8')) as CpuProfile
      const picture = flameGraph(`${name}, ${inFlight} sagas in flight`, frameOf(profile))
      const target = path.join(values.out, `${name}.svg`)
      await writeFile(target, picture)
      say(`written: ${target}`)
    }
    return 0
  } finally {
    await rm(profiles, { recursive: true })
  }
}

/** Answers the names of the processes; each writes its profile when it ends in order. */
async function runProfiled(
  folder: string,
  order: { readonly inFlight: number; readonly warmUpMs: number; readonly measureMs: number },
): Promise<ReadonlyMap<number, string>> {
  const parts = await startLocalParts({ report: say, isForLoad: true })
  try {
    const options = { parts, report: say, partitions: 4, orchestrators: 1, sketch: null }
    const environment = { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder}` }
    const { engine, system } = await startSagaline(options, environment)
    const all = [...system.orchestrators, system.orders, ...system.payments]
    const pids = new Map(all.map(({ pid, name }) => [pid ?? 0, name]))
    await engine.measure(order)
    await engine.stop()
    return pids
  } finally {
    await parts.stop()
  }
}

const say = (line: string) => console.log(`  ${line}`)
