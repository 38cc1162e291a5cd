// Carries out the plan: each fault at its time, or as soon as its lane is free after that. Those of
// different lanes overlap. Resolves when the last one is over; a fault that did not happen is
// recorded as such, and fails the run.
import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../simulate/random.ts'
import type { ChaosWorld } from './chaos-world.ts'
import type { Fault, Lane, MadeFault } from './fault.ts'
import type { PlannedFault } from './plan-faults.ts'

/** From the beginning of a fault until it must be over, on a machine that is slow at everything. */
const faultMsMax = 300_000

/** On a slow machine faults come later, not all at once. */
const betweenMsMin = 2_000

/** While no saga ends a fault waits; no longer than this, so that none is spared for long. */
const settleMsMax = 20_000
const settlePollMs = 100

export type FaultsRun = {
  readonly world: ChaosWorld
  readonly plan: readonly PlannedFault[]
  readonly faults: readonly Fault[]
  /** Milliseconds since the beginning of the load. */
  readonly elapsedMs: () => number
  /** Whether sagas end at the moment. */
  readonly isMoving: () => boolean
  readonly onStart: (kind: string) => void
  readonly onMade: (made: MadeFault) => void
}

export async function runFaults(run: FaultsRun): Promise<void> {
  const byKind = new Map(run.faults.map((fault) => [fault.kind, fault]))
  const lanes = new Map<Lane, Promise<void>>()
  let earliestMs = 0
  for (const planned of run.plan) {
    await sleep(Math.max(0, Math.max(planned.atMs, earliestMs) - run.elapsedMs()))
    await awaitMoving(run)
    earliestMs = run.elapsedMs() + betweenMsMin
    const fault = byKind.get(planned.kind)
    if (fault === undefined) throw new Error(`no fault is called ${planned.kind}`)
    const free = lanes.get(fault.lane) ?? Promise.resolve()
    lanes.set(
      fault.lane,
      free.then(() => make(run, fault, planned)),
    )
  }
  await Promise.all(lanes.values())
}

async function awaitMoving({ isMoving, elapsedMs }: FaultsRun): Promise<void> {
  const untilMs = elapsedMs() + settleMsMax
  while (!isMoving() && elapsedMs() < untilMs) await sleep(settlePollMs)
}

async function make(run: FaultsRun, fault: Fault, { kind, seed }: PlannedFault): Promise<void> {
  const fromMs = run.elapsedMs()
  run.onStart(kind)
  const end = new AbortController()
  const late = sleep(faultMsMax, null, { signal: end.signal }).then(() => {
    throw new Error(`not over within ${faultMsMax} ms`)
  })
  try {
    const seen = await Promise.race([fault.make(run.world, new Random(seed, kind)), late])
    run.onMade({ kind, fromMs, toMs: run.elapsedMs(), seen })
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    run.onMade({ kind, fromMs, toMs: run.elapsedMs(), seen: null, problem })
  } finally {
    end.abort()
    late.catch(() => undefined)
  }
}
