// Runs a wave until each of its commands is answered or known to be at fault: commands that keep
// a transaction from committing are taken out of it, so the others are not their hostages.
// Called by the participant for each wave, and by `retries.ts` for one command alone.

import { isDatabaseDown, sqlStateOf } from './db-trouble.ts'
import { participantError } from './errors.ts'
import { type Fault, type Faults, faultsOf } from './fault.ts'
import { isFenceRace } from './fence-store.ts'
import type { Received } from './received.ts'
import {
  type Answered,
  isAnyKnown,
  type Outside,
  runWave,
  trustedOf,
  type WaveDeps,
  type WaveResult,
} from './run-wave.ts'

export type Settled = {
  readonly answers: readonly Answered[]
  readonly outside: readonly Outside[]
  readonly faults: readonly Fault[]
}

/** Each race lost means that another instance committed, so a few are plenty. */
const racesMax = 5

/**
 * Handlers may run several times before their command is found at fault; only what commits counts.
 * @throws when nobody's command is at fault (database trouble): the batch must be delivered again.
 */
export async function settleWave(deps: WaveDeps, wave: readonly Received[]): Promise<Settled> {
  if (wave.length === 0) return { answers: [], outside: [], faults: [] }
  try {
    return { ...(await runTrusting(deps, wave)), faults: [] }
  } catch (error) {
    const found = faultsIn(error, wave)
    if (found === null) throw error
    return settleApart(deps, wave, found)
  }
}

/**
 * First without a look at the fence, which costs more than all else that the kit does. Whatever
 * goes wrong while one of the commands is known already is laid to that, and nobody is blamed.
 */
async function runTrusting(deps: WaveDeps, wave: readonly Received[]): Promise<WaveResult> {
  const trusted = trustedOf(deps, wave)
  try {
    return await runWave(deps, wave, trusted)
  } catch (error) {
    if (!isFenceRace(error)) {
      // Also what looks like trouble of the database: the second run of a handler may bring it about.
      const isRepeat = await isAnyKnown(deps, [...trusted]).catch(() => false)
      if (!isRepeat) throw error
    }
    return runRaced(deps, wave)
  }
}

/** Runs the wave again when another instance wrote one of its fence rows first. */
async function runRaced(deps: WaveDeps, wave: readonly Received[]): Promise<WaveResult> {
  for (let lost = 0; lost < racesMax; lost += 1) {
    try {
      return await runWave(deps, wave)
    } catch (error) {
      if (!isFenceRace(error)) throw error
    }
  }
  throw participantError('FENCE_BUSY', { times: racesMax })
}

/** A failed statement whose sender is unknown (it was not awaited) may be anybody's. */
function faultsIn(error: unknown, wave: readonly Received[]): Faults | null {
  const faults = faultsOf(error)
  if (faults !== null) return faults
  if (sqlStateOf(error) === null || isDatabaseDown(error)) return null
  return {
    faults: wave.map((received) => ({ type: 'failed', received, error })),
    isCertain: wave.length === 1,
  }
}

/**
 * Each part is smaller than the wave, so this ends; halving keeps it short when many are at fault.
 */
async function settleApart(
  deps: WaveDeps,
  wave: readonly Received[],
  { faults, isCertain }: Faults,
): Promise<Settled> {
  const suspects = new Set(faults.map((fault) => fault.received))
  const rest = wave.filter((received) => !suspects.has(received))
  const parts = isCertain ? halves(rest) : [rest, ...halves([...suspects])]
  const answers: Answered[] = []
  const outside: Outside[] = []
  const found: Fault[] = isCertain ? [...faults] : []
  for (const part of parts) {
    const settled = await settleWave(deps, part)
    answers.push(...settled.answers)
    outside.push(...settled.outside)
    found.push(...settled.faults)
  }
  return { answers, outside, faults: found }
}

function halves<T>(list: readonly T[]): readonly (readonly T[])[] {
  const middle = Math.ceil(list.length / 2)
  return [list.slice(0, middle), list.slice(middle)]
}
