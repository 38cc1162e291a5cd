// Rebuilds sagas from the topic alone, for a consumer that has their definitions: what comes out
// is the state that Postgres has.
import { type Cipher, noKeys } from '../../messaging/cipher.ts'
import type { SagalineError } from '../../messaging/errors.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import { advance } from '../engine/advance.ts'
import type { Saga } from '../engine/saga.ts'
import { openEntry } from './event-entry.ts'
import { inSequence } from './in-sequence.ts'
import type { LifecycleEvent } from './lifecycle-event.ts'

export type ReplayedSaga =
  | { readonly saga: Saga; readonly problem: null }
  | {
      /** As it was before what cannot be replayed; null when that is its start. */
      readonly saga: Saga | null
      readonly problem: 'gap' | 'entry omitted' | 'definition missing'
    }
  | {
      readonly saga: Saga | null
      readonly problem: 'entry encrypted'
      /** ENCRYPTION_KEY_UNKNOWN or ENCRYPTED_TEXT_INVALID. */
      readonly error: SagalineError
    }

/**
 * Plays the events of one saga, in any order and with repeats, through its definition. Exact, as
 * long as the functions of the definition are those that the saga ran with. A saga with sensitive
 * fields needs its keys, here or where its events were read.
 */
export function replaySagaEvents(
  events: readonly LifecycleEvent[],
  definitionOf: (name: string, version: number) => SagaDefinition | null,
  cipher: Cipher = noKeys,
): ReplayedSaga {
  const { known, isWhole } = inSequence(events)
  let saga: Saga | null = null
  for (const { id, data } of known) {
    if (data.entryOmitted) return { saga, problem: 'entry omitted' }
    if (data.entry === undefined) continue
    const definition = definitionOf(data.saga.name, data.saga.version)
    if (definition === null) return { saga, problem: 'definition missing' }
    const entry = openEntry({ id, entry: data.entry }, cipher)
    if ('error' in entry) return { saga, problem: 'entry encrypted', error: entry.error }
    saga = advance(definition, saga, entry.event, entry.at).saga
  }
  return saga === null || !isWhole ? { saga, problem: 'gap' } : { saga, problem: null }
}
