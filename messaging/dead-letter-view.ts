// Dead letters as they are shown, over REST and on the command line alike: texts where the bytes
// are texts, JSON where they are JSON, and nothing sensitive in clear. Pure.

import { isUtf8 } from 'node:buffer'
import { parse } from 'secure-json-parse'
import type { RepeatedHeaders } from './bus.ts'
import type { FoundLetter, LetterChange, LetterSummary } from './dead-letter-store.ts'
import type { LetterState } from './dead-letters.ts'
import { isEncrypted, masked } from './encrypted-fields.ts'

export type LetterHeaderView = {
  readonly name: string
  /** Null when the bytes are no text. */
  readonly text: string | null
  readonly base64: string
}

export type LetterSummaryView = {
  readonly id: string
  readonly state: LetterState
  readonly consumer: string
  readonly topic: string
  readonly partition: number
  readonly offset: string
  /** Null when it has none, or it is no text. */
  readonly key: string | null
  readonly messageId: string | null
  readonly type: string | null
  readonly sagaId: string | null
  readonly code: string
  readonly reason: string
  readonly bytes: number | null
  readonly isEdited: boolean
  readonly isSensitive: boolean
  readonly parkedAt: string
}

export type LetterValueView = {
  readonly bytes: number
  /** Both null where the data may be sensitive. */
  readonly base64: string | null
  readonly text: string | null
  readonly isJson: boolean
  /** What is sensitive is masked. */
  readonly json: unknown
}

export type LetterView = Omit<LetterSummaryView, 'bytes'> & {
  readonly keyBase64: string | null
  readonly recordedAt: string
  /** Null for a tombstone. */
  readonly value: LetterValueView | null
  readonly headers: readonly LetterHeaderView[]
  /** What a replay sends instead, where it was changed. */
  readonly edited: {
    readonly value: LetterValueView | null
    readonly headers: readonly LetterHeaderView[] | null
  } | null
  readonly changes: readonly (Omit<LetterChange, 'at'> & { readonly at: string })[]
}

export function viewSummary(letter: LetterSummary): LetterSummaryView {
  const { id, state, consumer, topic, partition, offset, key, headers } = letter
  const { code, reason, bytes, isEdited, isSensitive, parkedAt } = letter
  return {
    ...{ id: String(id), state, consumer, topic, partition, offset: String(offset) },
    key: textOf(key),
    messageId: textOf(headers['ce_id'] ?? null),
    type: textOf(headers['ce_type'] ?? null),
    sagaId: textOf(headers['ce_sagaid'] ?? null),
    ...{ code, reason, bytes, isEdited, isSensitive, parkedAt: parkedAt.toISOString() },
  }
}

export function viewLetter({ letter, edited, changes }: FoundLetter): LetterView {
  const { record, isSensitive, ...rest } = letter
  const isEdited = edited.value !== null || edited.headers !== null
  const headers = edited.headers ?? record.headers
  const summary = { ...rest, ...record, headers, isSensitive, isEdited, bytes: null }
  const { bytes: _, ...shown } = viewSummary(summary)
  return {
    ...shown,
    keyBase64: record.key?.toString('base64') ?? null,
    recordedAt: record.timestamp.toISOString(),
    value: viewValue(record.value, isSensitive),
    headers: viewHeaders(record.headers, record.repeated),
    edited: isEdited
      ? {
          value: viewValue(edited.value, isSensitive),
          headers: edited.headers && viewHeaders(edited.headers),
        }
      : null,
    changes: changes.map(({ at, action, actor, reason }) => ({
      ...{ at: at.toISOString(), action, actor, reason },
    })),
  }
}

function viewHeaders(
  headers: Readonly<Record<string, Buffer>>,
  repeated: RepeatedHeaders = {},
): readonly LetterHeaderView[] {
  return Object.entries({ ...headers, ...repeated }).flatMap(([name, values]) =>
    [values].flat().map((bytes) => ({
      ...{ name, text: textOf(bytes), base64: bytes.toString('base64') },
    })),
  )
}

function viewValue(value: Buffer | null, isSensitive: boolean): LetterValueView | null {
  if (value === null) return null
  const text = textOf(value)
  const read = text === null ? null : readJson(text)
  const json = read === null ? null : isSensitive ? formOf(read.json) : maskEncrypted(read.json)
  return {
    bytes: value.length,
    base64: isSensitive ? null : value.toString('base64'),
    text: isSensitive ? null : text,
    isJson: read !== null,
    json,
  }
}

function textOf(bytes: Buffer | null): string | null {
  if (bytes === null || !isUtf8(bytes)) return null
  const text = bytes.toString()
  return text.includes('\0') ? null : text
}

/** Null for what is no JSON, or holds a key that would change the prototype of its reader. */
function readJson(text: string): { readonly json: unknown } | null {
  try {
    return { json: parse(text, null, { protoAction: 'error', constructorAction: 'error' }) }
  } catch {
    return null
  }
}

/** Names and shape, and no value. */
function formOf(json: unknown): unknown {
  return mapJson(json, (inner) => (isContainer(inner) ? undefined : masked))
}

function maskEncrypted(json: unknown): unknown {
  return mapJson(json, (inner) => (isEncrypted(inner) ? masked : undefined))
}

function isContainer(json: unknown): boolean {
  return typeof json === 'object' && json !== null && !isEncrypted(json)
}

/** `replace` answers what stands for a part, or undefined to look into it. */
function mapJson(json: unknown, replace: (part: unknown) => unknown): unknown {
  const replaced = replace(json)
  if (replaced !== undefined) return replaced
  if (Array.isArray(json)) return json.map((item) => mapJson(item, replace))
  if (typeof json !== 'object' || json === null) return json
  const entries = Object.entries(json).map(([name, part]) => [name, mapJson(part, replace)])
  return Object.fromEntries(entries)
}
