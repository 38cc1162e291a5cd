// What the commands `sagaline dlq …` can be told, and how it is read.
import { readFile } from 'node:fs/promises'
import type { LetterEdit } from '../../messaging/dead-letter-edit.ts'
import type { LetterFilter } from '../../messaging/dead-letter-store.ts'
import { type LetterState, letterStates } from '../../messaging/dead-letters.ts'
import { type Call, type Flag, flagText, flagTexts, readCount, usage } from './command.ts'
import { ageMs } from './times.ts'

type Flags = Readonly<Record<string, Flag>>

export const placeFlags: Flags = {
  database: { value: 'URL', help: 'Of the orchestrator or of a service; else DATABASE_URL.' },
  url: { value: 'URL', help: 'REST of the orchestrator instead; without a database SAGALINE_URL.' },
}

export const criteriaFlags: Flags = {
  topic: { value: 'TOPIC', help: 'Only those of this topic.' },
  code: { value: 'CODE', help: 'Only those with this code.' },
  consumer: { value: 'GROUP', help: 'Only those of this consumer group.' },
  older: { value: 'AGE', help: 'Only those parked at least so long ago: 90s, 15m, 2h, 3d.' },
  newer: { value: 'AGE', help: 'Only those parked less long ago.' },
}

export const listFlags: Flags = {
  state: { value: 'STATE', help: `Only those that are ${letterStates.join(', ')}.` },
  limit: { value: 'COUNT', help: 'On one page; 50 unless given.' },
  cursor: { value: 'CURSOR', help: 'Goes on after the page that named it.' },
}

export const byFlags: Flags = {
  actor: { value: 'NAME', help: 'Who does it; else SAGALINE_ACTOR, else your user name.' },
  reason: { value: 'TEXT', help: 'Why; kept beside the letter.' },
}

export const editFlags: Flags = {
  text: { value: 'TEXT', help: 'The whole new value.' },
  'value-file': { value: 'FILE', help: 'The whole new value, byte for byte.' },
  header: { value: 'NAME=TEXT', isRepeatable: true, help: 'Sets a header; others stay.' },
  'drop-header': { value: 'NAME', isRepeatable: true, help: 'Takes a header away.' },
}

const limitMax = 200
const limitDefault = 50

/** @throws CLI_USAGE */
export function readFilter(call: Call): LetterFilter {
  const state = flagText(call, 'state')
  if (state !== null && !letterStates.includes(state as LetterState)) {
    throw usage(`--state must be one of ${letterStates.join(', ')}`)
  }
  return {
    topic: flagText(call, 'topic'),
    code: flagText(call, 'code'),
    consumer: flagText(call, 'consumer'),
    state: state as LetterState | null,
    olderThanS: readAge(call, 'older'),
    newerThanS: readAge(call, 'newer'),
    ids: null,
  }
}

function readAge(call: Call, flag: string): number | null {
  const text = flagText(call, flag)
  if (text === null) return null
  const ms = ageMs(text)
  if (ms === null) throw usage(`--${flag} must be like 90s, 15m, 2h, 3d`)
  return ms / 1_000
}

/** @throws CLI_USAGE */
export function readLimit(call: Call): number {
  return readCount(call, 'limit', { of: limitDefault, max: limitMax })
}

/** @throws CLI_USAGE */
export function readIds({ words }: Call): readonly string[] {
  const wrong = words.find((word) => !/^\d{1,18}$/.test(word))
  if (wrong !== undefined) throw usage(`'${wrong}' is no id of a dead letter`)
  return words
}

/** @throws CLI_USAGE */
export async function readEdit(call: Call): Promise<LetterEdit> {
  const [text, file] = [flagText(call, 'text'), flagText(call, 'value-file')]
  if (text !== null && file !== null) throw usage('--text and --value-file exclude each other')
  const value = file === null ? text && Buffer.from(text) : await readValue(file)
  const dropped = flagTexts(call, 'drop-header').map((name) => [name, null] as const)
  const headers = [...flagTexts(call, 'header').map(readHeader), ...dropped]
  return {
    ...(value !== null && value !== '' && { value }),
    ...(text === '' && { value: Buffer.alloc(0) }),
    ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
  }
}

async function readValue(file: string): Promise<Buffer> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw usage(`--value-file cannot be read: ${error.code}`)
  })
}

function readHeader(text: string): readonly [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw usage('--header must be like ce_type=orders.create-order')
  return [text.slice(0, at), text.slice(at + 1)]
}
