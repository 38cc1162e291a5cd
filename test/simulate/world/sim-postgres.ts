// The simulated Postgres of a run: how long its statements take, and how they and their commits go
// wrong.
import type { Faults } from '../faults.ts'
import { Owner } from '../owner.ts'
import type { Random } from '../random.ts'
import type { Scheduler } from '../scheduler.ts'
import { createSimClock } from '../sim-clock.ts'
import { lostConnection } from '../store/sim-errors.ts'
import type { SimServer, SimStep } from '../store/sim-seam.ts'
import { createSimServer } from '../store/sim-server.ts'
import type { Story } from '../story.ts'

const usualMs = { min: 0.05, max: 1.5 }
const slowMs = { min: 20, max: 3_000 }

export function createSimPostgres(given: {
  readonly scheduler: Scheduler
  readonly faults: Faults
  readonly random: Random
  readonly owners: ReadonlyMap<string, Owner>
  readonly story: Story
}): SimServer {
  const { scheduler, faults, random, owners, story } = given
  const postgres = new Owner('postgres')
  const clock = createSimClock({ schedule: scheduler, owner: postgres, random })
  const step = (at: SimStep): Promise<void> => {
    const owner = (at.owner === null ? null : owners.get(at.owner)) ?? postgres
    const { min, max } = faults.happens('postgres.slow', at.name) ? slowMs : usualMs
    if (at.kind === 'lock') story.seen(`waited for a lock: ${at.name}`)
    const trouble = troubleAt(faults, at)
    return new Promise((resolve, reject) => {
      scheduler.after(owner, random.between(min, max), `${at.kind} ${at.name}`, () => {
        if (trouble === null) resolve()
        else reject(trouble)
      })
    })
  }
  return createSimServer({ clock, step })
}

function troubleAt(faults: Faults, { kind, name }: SimStep): Error | null {
  if (kind === 'statement' && faults.happens('postgres.cut', name)) return lostConnection()
  if (kind === 'commit' && faults.happens('commit.lost', name)) return lostConnection('lost')
  if (kind === 'commit' && faults.happens('commit.kept', name)) return lostConnection('kept')
  if (kind === 'answer' && faults.happens('commit.unknown', name)) return lostConnection()
  return null
}
