// A process that simulates with one planted bug: `node test/simulate/planted/bug-process.ts NUMBER`.
// It prints, as JSON, after how many sagas which promise was found broken.

import { plant } from './planted-bug.ts'
import { plantedBugs } from './planted-bugs.ts'

const sagasPerWorld = 100
/** Within so many sagas a bug must be found. */
const sagasMax = 12_000
const firstSeed = 1

const bug = plantedBugs[Number(process.argv[2])]
if (bug === undefined) throw new Error('there is no such planted bug')
plant(bug)
const { simulate } = await import('../simulate.ts')

let sagas = 0
let found: string | null = null
for (let seed = firstSeed; found === null && sagas < sagasMax; seed += 1) {
  const run = await simulate({ seed, sagas: sagasPerWorld }).catch((error: unknown) => ({
    sagas: sagasPerWorld,
    breaches: [{ name: 'crash', subject: String(error) }],
  }))
  sagas += run.sagas
  const [breach] = run.breaches
  if (breach !== undefined) found = `${breach.name}: ${breach.subject.slice(0, 150)}`
}
console.info(JSON.stringify({ found, sagas }))
