// Where a command reaches dead letters: the database of any program directly, or the orchestrator's
// over REST. Both answer the same.

import type { Db } from '../../messaging/db.ts'
import { createLetterDesk } from '../../messaging/dead-letter-desk.ts'
import type { LetterEdit } from '../../messaging/dead-letter-edit.ts'
import type { ChangedBy, LetterFilter, LetterPlace } from '../../messaging/dead-letter-store.ts'
import {
  type LetterSummaryView,
  type LetterView,
  viewLetter,
  viewSummary,
} from '../../messaging/dead-letter-view.ts'
import type { Client } from '../client/index.ts'

export type LetterPageView = {
  readonly items: readonly LetterSummaryView[]
  readonly nextCursor: string | null
}

export type Walk = {
  readonly filter: LetterFilter
  readonly limit: number
  /** Of the page before; null for the first one. */
  readonly cursor: string | null
}

export type DlqDoor = {
  list(walk: Walk): Promise<LetterPageView>
  show(id: string): Promise<LetterView>
  edit(id: string, edit: LetterEdit & ChangedBy): Promise<LetterView>
  settle(verb: 'replay' | 'discard', id: string, by: ChangedBy): Promise<LetterView>
  replayMany(
    walk: Walk & { readonly by: ChangedBy; readonly isDryRun: boolean },
  ): Promise<LetterPageView>
}

export function databaseDoor(db: Db): DlqDoor {
  const desk = createLetterDesk(db)
  const show = async (id: string) => viewLetter(await desk.find(BigInt(id)))
  return {
    list: async ({ filter, limit, cursor }) => {
      const place = cursor === null ? { after: 0n, upTo: null } : toPlace(cursor)
      const found = await desk.list({ filter, place, limit })
      const last = found.length === limit ? found.at(-1) : undefined
      const nextCursor = last === undefined ? null : toCursor({ after: last.id, upTo: null })
      return { items: found.map(viewSummary), nextCursor }
    },
    show,
    edit: async (id, edit) => {
      await desk.edit(BigInt(id), edit)
      return show(id)
    },
    settle: async (verb, id, by) => {
      await desk[verb](BigInt(id), by)
      return show(id)
    },
    replayMany: async ({ cursor, ...walk }) => {
      const place = cursor === null ? null : toPlace(cursor)
      const { items, next } = await desk.replayMany({ ...walk, place })
      return { items: items.map(viewSummary), nextCursor: next && toCursor(next) }
    },
  }
}

const toCursor = ({ after, upTo }: LetterPlace): string => `${after}:${upTo ?? ''}`

function toPlace(cursor: string): LetterPlace {
  const [after = '0', upTo = ''] = cursor.split(':')
  return { after: BigInt(after), upTo: upTo === '' ? null : BigInt(upTo) }
}

export function restDoor(client: Client): DlqDoor {
  return {
    list: ({ filter, limit, cursor }) =>
      client.call('list-dead-letters', { query: given({ ...filter, limit, cursor }) }),
    show: (letter) => client.call('show-dead-letter', { path: { letter } }),
    edit: (letter, { value, ...edit }) => {
      const body = { ...edit, ...(value && { valueBase64: value.toString('base64') }) }
      return client.call('edit-dead-letter', { path: { letter }, body })
    },
    settle: (verb, letter, body) => client.call(`${verb}-dead-letter`, { path: { letter }, body }),
    replayMany: ({ filter: { state: _, ids, ...filter }, by, isDryRun, limit, cursor }) => {
      const some = ids === null ? {} : { ids: ids.map(String) }
      const body = { ...given({ ...filter, limit, cursor }), ...some, ...by, dryRun: isDryRun }
      return client.call('replay-dead-letters', { body })
    },
  }
}

type Given<T> = { readonly [Name in keyof T]?: Exclude<T[Name], null> }

/** Without what is null. */
function given<T extends object>(asked: T): Given<T> {
  const kept = Object.entries(asked).filter(([, value]) => value !== null)
  return Object.fromEntries(kept) as Given<T>
}
