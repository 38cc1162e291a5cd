// One simulated run by its seed: the world, the checks, and what came of both. The same seed and
// number of sagas give the same run, to the last step.
import { checkWorld } from './check/check-world.ts'
import type { Fault } from './faults.ts'
import type { Breach } from './story.ts'
import { runWorld, type WorldOptions } from './world/sim-world.ts'

export type Simulated = {
  readonly seed: number
  readonly sagas: number
  readonly breaches: readonly Breach[]
  readonly faults: readonly Fault[]
  readonly hazards: ReadonlyMap<string, number>
  readonly steps: number
  readonly virtualMs: number
  /** Of the whole run, where it was asked for. */
  readonly lines: readonly string[]
}

export async function simulate(options: WorldOptions): Promise<Simulated> {
  const unhandled: unknown[] = []
  const hear = (error: unknown) => {
    unhandled.push(error)
  }
  process.on('unhandledRejection', hear)
  try {
    const world = await runWorld(options)
    checkWorld(world)
    const { story, faults, scheduler, server } = world
    for (const error of unhandled) {
      story.breach('rejection.unhandled', error instanceof Error ? (error.stack ?? '') : `${error}`)
    }
    return {
      seed: options.seed,
      sagas: server.database('sagas').tables.sagas.rows.size,
      breaches: story.breaches,
      faults: faults.happened,
      hazards: story.hazards,
      steps: scheduler.count,
      virtualMs: scheduler.nowMs,
      lines: story.lines,
    }
  } finally {
    process.off('unhandledRejection', hear)
  }
}
