// Rebuilds sagas from the topic alone, for a consumer that has their definitions: what comes out
// is the state that Postgres has.
import type { SagaDefinition } from '../definition/saga-definition.ts'
import { advance } from '../engine/advance.ts'
import type { Saga } from '../engine/saga.ts'
import { inSequence } from './in-sequence.ts'
import type { LifecycleEvent } from './lifecycle-event.ts'

export type ReplayedSaga =
  | { readonly saga: Saga; readonly problem: null }
  | {
      /** As it was before what cannot be replayed; null when that is its start. */
      readonly saga: Saga | null
      readonly problem: 'gap' | 'entry omitted' | 'definition missing'
    }

/**
 * Plays the events of one saga, in any order and with repeats, through its definition. Exact, as
 * long as the functions of the definition are those that the saga ran with.
 */
export function replaySagaEvents(
  events: readonly LifecycleEvent[],
  definitionOf: (name: string, version: number) => SagaDefinition | null,
): ReplayedSaga {
  const { known, isWhole } = inSequence(events)
  let saga: Saga | null = null
  for (const { data } of known) {
    if (data.entryOmitted) return { saga, problem: 'entry omitted' }
    if (data.entry === undefined) continue
    const { event, at } = data.entry
    const definition = definitionOf(data.saga.name, data.saga.version)
    if (definition === null) return { saga, problem: 'definition missing' }
    saga = advance(definition, saga, event, at).saga
  }
  return saga === null || !isWhole ? { saga, problem: 'gap' } : { saga, problem: null }
}
