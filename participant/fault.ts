// Why a wave could not commit, command by command, and how that travels out of the transaction
// that it rolls back. Raised by `run-handlers.ts`, read by `settle-wave.ts`.
import { SagalineError } from '../messaging/errors.ts'
import { participantError } from './errors.ts'
import type { Received } from './received.ts'

export type Fault =
  /** It threw, or answered nonsense: to be tried again. */
  | { readonly type: 'failed'; readonly received: Received; readonly error: unknown }
  /** An undo was refused: final, and its writes must not stay. */
  | { readonly type: 'refused'; readonly received: Received; readonly reason: unknown }

export type Faults = {
  readonly faults: readonly Fault[]
  /** False when only some of these commands may be at fault, as after the throw of a batch. */
  readonly isCertain: boolean
}

export function waveFailed(faults: Faults): SagalineError {
  return participantError('WAVE_FAILED', { count: faults.faults.length, faults })
}

/** The faults that an error of `waveFailed` carries; null for any other error. */
export function faultsOf(error: unknown): Faults | null {
  if (!(error instanceof SagalineError) || error.code !== 'WAVE_FAILED') return null
  return error.details['faults'] as Faults
}
