// Dead letters as text for people.
import type {
  LetterSummaryView,
  LetterValueView,
  LetterView,
} from '../../messaging/dead-letter-view.ts'
import type { LetterPageView } from './dlq-door.ts'

export function pageText({ items, nextCursor }: LetterPageView): string {
  if (items.length === 0) return 'no dead letters'
  const lines = items.map(summaryText)
  return [...lines, ...(nextCursor === null ? [] : [`more: --cursor ${nextCursor}`])].join('\n')
}

export function summaryText(letter: LetterSummaryView): string {
  const { id, state, topic, partition, offset, code, type, parkedAt, isEdited } = letter
  const place = `${topic}/${partition}@${offset}`
  return `${id}  ${parkedAt}  ${state}${isEdited ? ' (edited)' : ''}  ${place}  ${code}  ${type ?? '-'}`
}

export function letterText(letter: LetterView): string {
  const { value, headers, edited, changes } = letter
  const rows = [
    [`letter ${letter.id}`, `${letter.state}, parked ${letter.parkedAt} by ${letter.consumer}`],
    ['from', `${letter.topic}/${letter.partition}@${letter.offset} of ${letter.recordedAt}`],
    ['because', `${letter.code}: ${letter.reason}`],
    ['key', letter.key ?? letter.keyBase64 ?? 'none'],
    ...headerRows(headers, 'header'),
    ['value', valueText(value)],
    ...(edited?.headers ? headerRows(edited.headers, 'edited header') : []),
    ...(edited?.value ? [['edited value', valueText(edited.value)]] : []),
    ...changes.map(({ at, action, actor, reason }) => [action, `${at} by ${actor}: ${reason}`]),
  ]
  return rows.map(([name = '', text = '']) => `${name.padEnd(14)} ${text}`).join('\n')
}

function headerRows(headers: LetterView['headers'], title: string): string[][] {
  return headers.map(({ name, text, base64 }) => [title, `${name}: ${text ?? `base64 ${base64}`}`])
}

function valueText(value: LetterValueView | null): string {
  if (value === null) return 'none'
  if (value.isJson) return JSON.stringify(value.json)
  if (value.text !== null) return value.text
  return value.base64 === null ? `${value.bytes} bytes, not shown` : `base64 ${value.base64}`
}
