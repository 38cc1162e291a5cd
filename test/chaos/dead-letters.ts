// Poison is marked, so that each dead letter can be told apart: one that was put there must be
// found, and any other is a message that was lost to its receiver.
import type { PlacedRecord } from './guest-kafka.ts'

/** The header that a poisoned record has, with a value of its own. */
export const poisonMark = 'chaos-poison'

export function markOf({ headers }: Pick<PlacedRecord, 'headers'>): string | null {
  const mark = headers[poisonMark]
  return mark === undefined ? null : String(mark)
}

export type DeadLetter = {
  readonly topic: string
  readonly code: string
  readonly reason: string
  readonly mark: string | null
}

/** Rows of `dead_letters`: their headers are names with values in base64. */
export const deadLettersSql = `
  select topic, code, reason,
    (select convert_from(decode(header ->> 1, 'base64'), 'UTF8')
     from json_array_elements(headers) as header
     where header ->> 0 = '${poisonMark}' limit 1) as mark
  from dead_letters`

export type LetterProblem = {
  readonly name: 'letter.unexplained' | 'letter.missing'
  readonly subject: string
}

/** How many of the poisoned records were found. */
export function countSetAside(
  letters: readonly DeadLetter[],
  written: ReadonlySet<string>,
): number {
  const found = new Set(letters.map(({ mark }) => mark))
  return [...written].filter((mark) => found.has(mark)).length
}

export function judgeLetters(
  letters: readonly DeadLetter[],
  written: ReadonlySet<string>,
): readonly LetterProblem[] {
  const found = new Set(letters.map(({ mark }) => mark))
  return [
    ...letters
      .filter(({ mark }) => mark === null || !written.has(mark))
      .map(({ topic, code, reason }): LetterProblem => {
        return { name: 'letter.unexplained', subject: `${topic}: ${code}: ${reason}` }
      }),
    ...[...written]
      .filter((mark) => !found.has(mark))
      .map((mark): LetterProblem => ({ name: 'letter.missing', subject: mark })),
  ]
}
