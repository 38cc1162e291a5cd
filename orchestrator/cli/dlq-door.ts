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
import type { Rest } from './rest.ts'

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

export function restDoor(rest: Rest): DlqDoor {
  return {
    list: async ({ filter, limit, cursor }) => {
      const asked = { ...filter, limit, cursor }
      const query = new URLSearchParams()
      for (const [name, value] of Object.entries(asked)) {
        if (value !== null) query.set(name, String(value))
      }
      return (await rest({ method: 'GET', path: `/dead-letters?${query}` })) as LetterPageView
    },
    show: async (id) => (await rest({ method: 'GET', path: `/dead-letters/${id}` })) as LetterView,
    edit: async (id, { value, ...edit }) => {
      const body = { ...edit, ...(value && { valueBase64: value.toString('base64') }) }
      return (await rest({ method: 'POST', path: `/dead-letters/${id}/edit`, body })) as LetterView
    },
    settle: async (verb, id, body) => {
      const path = `/dead-letters/${id}/${verb}`
      return (await rest({ method: 'POST', path, body })) as LetterView
    },
    replayMany: async ({ filter: { state: _, ...filter }, by, isDryRun, limit, cursor }) => {
      const asked = { ...filter, ...by, dryRun: isDryRun, limit, cursor }
      const body = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== null))
      return (await rest({ method: 'POST', path: '/dead-letters/replay', body })) as LetterPageView
    },
  }
}
