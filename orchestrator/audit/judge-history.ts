// The history by itself, without its definition: whole, in one row of numbers, and agreeing with
// the saga that it belongs to. Pure.
import { isDeepStrictEqual } from 'node:util'
import type { AuditedSaga } from './audited.ts'
import { type Breach, breach } from './breaches.ts'

export function judgeHistory({ id, stored, history }: AuditedSaga): readonly Breach[] {
  if (stored === null) return []
  const { saga } = stored
  const isWhole =
    history.length === saga.revision && history.every(({ seq }, index) => seq === index + 1)
  const entries = `${history.length} entries of ${saga.revision}`
  const last = history.at(-1)
  const isEnd = last?.status === saga.status && isDeepStrictEqual(last.state, saga.value)
  const end = `the last entry is ${last?.status}, the row ${saga.status}`
  return [
    ...(isWhole ? judgeNumbers({ id, stored, history }) : [breach('history.gap', id, entries)]),
    ...(isEnd || !isWhole ? [] : [breach('history.end-differs', id, end)]),
    ...judgeSendings({ id, history }),
  ]
}

type Numbered = Pick<AuditedSaga, 'id' | 'stored' | 'history'>

/** Lifecycle events count 1, 2, 3 through all entries. */
function judgeNumbers({ id, stored, history }: Numbered): readonly Breach[] {
  const sequence = stored?.saga.sequence ?? 0
  let next = 1
  for (const { seq: entry, facts } of history) {
    for (const { seq } of facts) {
      if (seq === undefined) continue
      if (seq !== next) {
        return [breach('history.gap', id, `event ${next} is missing in entry ${entry}`)]
      }
      next += 1
    }
  }
  if (next - 1 === sequence) return []
  return [breach('history.gap', id, `${next - 1} events of ${sequence}`)]
}

function judgeSendings({ id, history }: Pick<AuditedSaga, 'id' | 'history'>): readonly Breach[] {
  const sent = new Set<string>()
  const twice: Breach[] = []
  for (const { facts } of history) {
    for (const { type, step, visit, direction, attempt } of facts) {
      if (type !== 'command.sent') continue
      const sending = `${step}/${direction}/${visit}, attempt ${attempt}`
      if (sent.has(sending)) twice.push(breach('history.sent-twice', id, sending))
      sent.add(sending)
    }
  }
  return twice
}
