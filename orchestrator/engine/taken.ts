// Ids of what came from outside Kafka's commands and replies: signals, operators' requests. A
// repeat is recognised by them.
import { type Move, patchSaga } from './move.ts'
import type { Saga } from './saga.ts'

/** Ids that one saga remembers; a repeat of one that is older than that many is not recognised. */
export const takenMax = 1_000

export function isTaken({ saga }: Move, key: string): boolean {
  return saga.taken.includes(key)
}

export function take(move: Move, key: string): void {
  patchSaga(move, { taken: [...move.saga.taken, key].slice(-takenMax) })
}

/** Whether the saga remembers the signal. */
export function hasTakenSignal({ taken }: Saga, signalId: string): boolean {
  return taken.includes(signalKey(signalId))
}

export function signalKey(signalId: string): string {
  return `signal ${signalId}`
}
