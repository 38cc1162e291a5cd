// A process that simulates with one planted bug: `node test/simulate/planted/bug-process.ts NUMBER`.
// It prints, as JSON, after how many sagas which promise was found broken, and, with a second
// argument, how small that run could be made.
import { plant } from './planted-bug.ts'
import { plantedBugs } from './planted-bugs.ts'

const sagasPerWorld = 100
/** Within so many sagas a bug must be found. */
const sagasMax = 40_000
const firstSeed = 1

const bug = plantedBugs[Number(process.argv[2])]
if (bug === undefined) throw new Error('there is no such planted bug')
plant(bug)
// Only now: what they import must be loaded with the bug in it.
const { simulate } = await import('../simulate.ts')
const { shrink } = await import('../shrink.ts')

console.info(JSON.stringify(await hunt(process.argv[3] !== undefined)))

async function hunt(isShrinking: boolean) {
  let sagas = 0
  for (let seed = firstSeed; sagas < sagasMax; seed += 1) {
    const run = await simulate({ seed, sagas: sagasPerWorld })
    sagas += run.sagas
    const [breach] = run.breaches
    if (breach === undefined) continue
    const found = `${breach.name}: ${breach.subject.slice(0, 150)}`
    if (!isShrinking) return { found, sagas }
    const small = await shrink(run, sagasPerWorld)
    const again = await simulate({ seed, sagas: small.sagas, only: new Set(small.faults) })
    const isSame = JSON.stringify(again.breaches) === JSON.stringify(small.run.breaches)
    const before = { sagas: sagasPerWorld, faults: run.faults.length }
    const after = { sagas: small.sagas, faults: small.faults.length }
    return { found, sagas, shrunk: { before, after, isSame } }
  }
  return { found: null, sagas }
}
