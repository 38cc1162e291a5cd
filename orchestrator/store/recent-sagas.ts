// The rows of sagas under way that this process wrote last, so that the next event of one need not
// read what is known already. Only a guess: who moves a saga from here must write it on the condition
// that its row is so still.
import type { SagaId } from '../../messaging/message.ts'
import { PassingMap } from '../../messaging/passing.ts'
import type { Saga } from '../engine/saga.ts'
import type { SagaRow, StoredSaga } from './saga-rows.ts'

/** A row with its snapshot as the text that is stored. */
export type KeptRow = Omit<SagaRow, 'id' | 'snapshot'> & {
  readonly id: SagaId
  readonly text: string
  /** It takes more than its row to move it: the key of a person, semantic locks. */
  readonly needsMore: boolean
}

/** Characters of all rows; past it those that were not moved for the longest go. */
const charactersMax = 16 * 1024 * 1024
/** What a row takes besides its texts, in characters. */
const rowCharacters = 500

export class RecentSagas {
  readonly #rows = new PassingMap<SagaId, { readonly row: KeptRow; readonly characters: number }>()
  #characters = 0

  /** Must be committed. */
  keep(rows: readonly KeptRow[]): void {
    for (const row of rows) {
      this.drop(row.id)
      if (!isWorthIt(row)) continue
      const characters = charactersOf(row)
      this.#rows.set(row.id, { row, characters })
      this.#characters += characters
    }
    for (const id of this.#rows.keys()) {
      if (this.#characters <= charactersMax) break
      this.drop(id)
    }
  }

  has(id: SagaId): boolean {
    return this.#rows.has(id)
  }

  find(id: SagaId): SagaRow | null {
    const row = this.#rows.get(id)?.row
    return row === undefined ? null : { ...row, snapshot: JSON.parse(row.text) }
  }

  drop(id: SagaId): void {
    this.#characters -= this.#rows.get(id)?.characters ?? 0
    this.#rows.delete(id)
  }

  clear(): void {
    this.#rows.clear()
    this.#characters = 0
  }
}

/** One that stands still may be mended by hand. */
function isWorthIt({ status, needsMore }: KeptRow): boolean {
  return (status === 'running' || status === 'compensating') && !needsMore
}

function charactersOf({ text, business_key, correlation_id, attributes }: KeptRow): number {
  const texts = [text, business_key, correlation_id, ...Object.entries(attributes ?? {}).flat()]
  return texts.reduce((sum, one) => sum + (one?.length ?? 0), rowCharacters)
}

type Beside = Omit<StoredSaga, 'saga' | 'isSealed' | 'problem'>

/** What the row knows beside the saga, and its snapshot as text. */
export function keptRow(saga: Saga, parts: Beside & { readonly text: string }): KeptRow {
  const { id, name, version, status, revision, subjectKey, locks } = saga
  return {
    ...{ id, name, version, status, revision },
    needsMore: subjectKey !== null || locks.length > 0,
    text: parts.text,
    definition_hash: parts.definitionHash,
    business_key: parts.businessKey,
    correlation_id: parts.correlationId,
    attributes: parts.attributes,
    started_at_ms: parts.startedAt,
    wake_at_ms: parts.wakeAt,
  }
}
