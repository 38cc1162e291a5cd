// The rows of sagas under way that this process wrote last, so that the next event of one need not
// read what is known already. Only a guess: who moves a saga from here must write it on the condition
// that its row is so still.
import type { SagaId } from '../../messaging/message.ts'
import type { Saga } from '../engine/saga.ts'
import type { Attributes, SagaRow } from './saga-rows.ts'

/** A row with its snapshot as the text that is stored. */
export type KeptRow = Omit<SagaRow, 'id' | 'snapshot'> & {
  readonly id: SagaId
  readonly text: string
  /** It takes more than its row to move it: the key of a person, semantic locks. */
  readonly needsMore: boolean
}

/** Characters of snapshots together; past it those that were not moved for the longest go. */
const charactersMax = 8 * 1024 * 1024

export class RecentSagas {
  readonly #rows = new Map<SagaId, KeptRow>()
  #characters = 0

  /** Must be committed. */
  keep(rows: readonly KeptRow[]): void {
    for (const row of rows) {
      this.drop(row.id)
      if (!isWorthIt(row)) continue
      this.#rows.set(row.id, row)
      this.#characters += row.text.length
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
    const row = this.#rows.get(id)
    return row === undefined ? null : { ...row, snapshot: JSON.parse(row.text) }
  }

  drop(id: SagaId): void {
    const row = this.#rows.get(id)
    if (row === undefined) return
    this.#rows.delete(id)
    this.#characters -= row.text.length
  }
}

/** One that stands still may be mended by hand. */
function isWorthIt({ status, needsMore }: KeptRow): boolean {
  return (status === 'running' || status === 'compensating') && !needsMore
}

type RowParts = {
  readonly text: string
  readonly definitionHash: string
  readonly businessKey: string | null
  readonly correlationId: string | null
  readonly attributes: Attributes
  readonly startedAt: number
  readonly wakeAt: number | null
}

export function keptRow(saga: Saga, parts: RowParts): KeptRow {
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
