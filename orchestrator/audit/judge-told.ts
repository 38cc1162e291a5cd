// The lifecycle events of a saga, all of them, held against the saga: folded without its definition,
// or replayed with it. Of the saga a digest is kept meanwhile.
import { createHash } from 'node:crypto'
import type { Cipher } from '../../messaging/cipher.ts'
import type { Registry } from '../definition/registry.ts'
import { foldSagaEvents } from '../lifecycle/fold-saga-events.ts'
import { replaySagaEvents } from '../lifecycle/replay-events.ts'
import { comparableParts } from '../lifecycle/replay-history.ts'
import type { StoredSaga } from '../store/saga-rows.ts'
import { breach, notJudged } from './breaches.ts'
import { definitionOf } from './definition-of.ts'
import type { JudgeEvents } from './told-sagas.ts'

export function judgeFolded({ saga }: StoredSaga): JudgeEvents {
  const digest = digestOf(saga)
  return (events) => {
    const told = foldSagaEvents(events)
    if (told !== null && digestOf(told) === digest) return null
    const subject = `they tell of a saga that is ${told?.status} at revision ${told?.revision}`
    return breach('told.otherwise', saga.id, subject)
  }
}

/** Every part of the saga is compared, but for limits. */
export function judgeReplayed(registry: Registry, cipher: Cipher) {
  return (stored: StoredSaga): JudgeEvents => {
    const { id } = stored.saga
    // Then whoever looked at its rows has said so, and a saga counts once.
    const isKnown = definitionOf(registry, stored).missing === null && stored.problem === null
    if (!isKnown) return () => null
    const digests = digestsOf(stored.saga)
    return (events) => {
      const loaded = (name: string, version: number) => registry.version(name, version)
      const replayed = replaySagaEvents(events, loaded, cipher)
      if (replayed.problem !== null) return notJudged(id, `of its events: ${replayed.problem}`)
      const told = digestsOf(replayed.saga)
      const parts = Object.keys({ ...told, ...digests }).filter(
        (part) => told[part] !== digests[part],
      )
      if (parts.length === 0) return null
      return breach('told.otherwise', id, `replayed from them it differs in ${parts.join(', ')}`)
    }
  }
}

function digestsOf(saga: StoredSaga['saga']): Readonly<Record<string, string>> {
  const parts = Object.entries(comparableParts(saga))
  return Object.fromEntries(parts.map(([name, part]) => [name, sha1(part)]))
}

type Foldable = {
  readonly status: string
  readonly revision: number
  readonly steps: readonly {
    readonly name: string
    readonly visit: number
    readonly outcome: string
    readonly undo: string
    readonly attempts: number
  }[]
}

/** What events tell of a saga also without its data, in a few bytes. */
function digestOf({ status, revision, steps }: Foldable): string {
  const told = steps.map(({ name, visit, outcome, undo, attempts }) => [
    name,
    visit,
    outcome,
    undo,
    attempts,
  ])
  return sha1([status, revision, told])
}

function sha1(value: unknown): string {
  return createHash('sha1')
    .update(JSON.stringify(sorted(value)) ?? '')
    .digest('base64')
}

/** As JSON, with the properties of objects in one order, which Postgres and the engine need not share. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).filter(([, one]) => one !== undefined)
  return Object.fromEntries(
    entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, one]) => [name, sorted(one)]),
  )
}
