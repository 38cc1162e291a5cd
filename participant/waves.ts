// Cuts a batch into waves with one command per saga each, so that a wave can be one transaction
// of multi-row statements. Called by the participant for each batch.
import type { Received } from './received.ts'

/**
 * A saga's second command goes into the second wave, and so on. Within a wave commands are sorted
 * by saga id, so that concurrent transactions take their row locks in one order.
 */
export function splitIntoWaves(batch: readonly Received[]): readonly (readonly Received[])[] {
  const waves: Received[][] = []
  const seen = new Map<string, number>()
  for (const received of batch) {
    const { sagaId } = received.command
    const index = seen.get(sagaId) ?? 0
    seen.set(sagaId, index + 1)
    const wave = waves[index]
    if (wave === undefined) waves.push([received])
    else wave.push(received)
  }
  for (const wave of waves) wave.sort(bySagaId)
  return waves
}

function bySagaId(a: Received, b: Received): number {
  if (a.command.sagaId === b.command.sagaId) return 0
  return a.command.sagaId < b.command.sagaId ? -1 : 1
}
