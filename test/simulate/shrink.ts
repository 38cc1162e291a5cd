// Makes a failing run small: as few sagas and as few faults as still break the same promise.
import { type Simulated, simulate } from './simulate.ts'

/** Runs that it may take. */
const runsMax = 80

export type Shrunk = {
  readonly sagas: number
  /** Keys of the faults that are needed; everything else may go right. */
  readonly faults: readonly string[]
  readonly run: Simulated
}

type Attempt = { readonly sagas: number; readonly faults: readonly string[] }

export async function shrink(failed: Simulated, asked: number): Promise<Shrunk> {
  const names = new Set(failed.breaches.map(({ name }) => name))
  let best: Shrunk = { sagas: asked, faults: failed.faults.map(({ key }) => key), run: failed }
  let runsLeft = runsMax
  const isSmaller = async ({ sagas, faults }: Attempt): Promise<boolean> => {
    if (runsLeft === 0) return false
    runsLeft -= 1
    const run = await simulate({ seed: failed.seed, sagas, only: new Set(faults) })
    if (!run.breaches.some(({ name }) => names.has(name))) return false
    const happened = new Set(run.faults.map(({ key }) => key))
    best = { sagas, faults: faults.filter((key) => happened.has(key)), run }
    return true
  }
  await fewerFaults(() => best, isSmaller)
  await fewerSagas(() => best, isSmaller)
  await fewerFaults(() => best, isSmaller)
  return best
}

type IsSmaller = (attempt: Attempt) => Promise<boolean>

async function fewerSagas(best: () => Shrunk, isSmaller: IsSmaller): Promise<void> {
  for (let part = 2; part <= 16; part *= 2) {
    for (;;) {
      const { sagas, faults } = best()
      const fewer = sagas - Math.ceil(sagas / part)
      if (fewer < 1 || !(await isSmaller({ sagas: fewer, faults }))) break
    }
  }
}

/** Leaves out ever smaller parts of the list. */
async function fewerFaults(best: () => Shrunk, isSmaller: IsSmaller): Promise<void> {
  for (let size = Math.ceil(best().faults.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < best().faults.length; ) {
      const { sagas, faults } = best()
      const without = faults.filter((_, index) => index < from || index >= from + size)
      if (!(await isSmaller({ sagas, faults: without }))) from += size
    }
  }
}
