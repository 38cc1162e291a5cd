// `npm run simulate -- --seed N --sagas N --minutes N`: worlds of sagas, faults and crashes, one
// after the other, each by a seed of its own. `--kept` runs the seeds that once failed as well,
// `--planted` shows that planted bugs are found. Ends with 1 when a promise was broken.
import { parseArgs } from 'node:util'
import { wholeNumber } from '../whole-number.ts'
import { keptSeeds } from './kept-seeds.ts'
import { runPlanted } from './planted/run-planted.ts'
import { shrink } from './shrink.ts'
import { type Simulated, simulate } from './simulate.ts'
import { sagasThatCount, Tally } from './tally.ts'
import { writeTranscript } from './transcript.ts'

const sagasPerWorld = 100
const usualSagas = 20_000
const progressEveryMs = 5_000
/** Failing runs after which it ends: more would say the same. */
const failuresMax = 3

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    sagas: { type: 'string' },
    minutes: { type: 'string' },
    kept: { type: 'boolean' },
    planted: { type: 'boolean' },
    only: { type: 'string' },
  },
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
})

process.exitCode = values.planted ? await runPlanted(values.only) : await run()

async function run(): Promise<number> {
  const minutes = wholeNumber(values.minutes, { name: 'minutes', least: 1 })
  const sagas =
    wholeNumber(values.sagas, { name: 'sagas', least: 1 }) ??
    (minutes === null ? usualSagas : Infinity)
  const firstSeed = wholeNumber(values.seed, { name: 'seed', least: 0 }) ?? Date.now() % 2 ** 31
  console.info(`seed ${firstSeed}`)
  const tally = new Tally()
  if (values.kept) for (const kept of keptSeeds) tally.add(await simulate(kept))
  const endAt = minutes === null ? Infinity : performance.now() + minutes * 60_000
  let progressAt = performance.now() + progressEveryMs
  for (let done = 0, seed = firstSeed; done < sagas && performance.now() < endAt; seed += 1) {
    const asked = Math.min(sagasPerWorld, sagas - done)
    const world = await simulate({ seed, sagas: asked })
    done += asked
    tally.add(world)
    if (world.breaches.length > 0) await report(world, asked)
    if (tally.failed.length >= failuresMax) break
    if (performance.now() < progressAt) continue
    console.info(tally.progress())
    progressAt = performance.now() + progressEveryMs
  }
  for (const line of tally.figures()) console.info(line)
  const missing = tally.missing()
  if (missing === null) {
    console.info(`below ${sagasThatCount} sagas nobody asks which faults and hazards were missed`)
  }
  for (const what of missing ?? []) console.error(what)
  return tally.failed.length > 0 || (missing ?? []).length > 0 ? 1 : 0
}

async function report(failed: Simulated, sagas: number): Promise<void> {
  const { seed, breaches } = failed
  console.error(
    `seed ${seed} breaks promises; again: npm run simulate -- --seed ${seed} --sagas ${sagas}`,
  )
  for (const { name, subject } of breaches.slice(0, 10)) console.error(`  ${name}: ${subject}`)
  const small = await shrink(failed, sagas)
  console.error(
    `  shrunk to ${small.sagas} sagas and ${small.faults.length} faults: ${small.faults.join(' ')}`,
  )
  console.error(`  written to ${await writeTranscript(seed, small)}`)
}
