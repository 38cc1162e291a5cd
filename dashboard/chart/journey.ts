// What a saga's history says of its statechart: which states it was in, which ways it took, what
// became of each step, and in which order things were undone. Pure; up to a moment, for time travel.
import type { Api } from '../../orchestrator/client/index.ts'
import { wayKey, waysTaken } from './way-taken.ts'

export type Chart = Api['get-definition']['answer']['chart']
export type HistoryEntry = Api['get-saga-history']['answer']['items'][number]

/** What became of a step, in the words of a diagram. */
export type StepFate =
  | 'sent'
  | 'done'
  | 'refused'
  | 'unknown'
  | 'failing'
  | 'skipped'
  | 'undoing'
  | 'undone'
  | 'stuck'

export type Journey = {
  readonly active: ReadonlySet<string>
  readonly visited: ReadonlySet<string>
  /** The key of each way that was taken. */
  readonly taken: ReadonlySet<string>
  readonly fates: ReadonlyMap<string, StepFate>
  /** Steps whose undo was sent, in that order. */
  readonly undone: readonly string[]
}

/** Ids of the states that a state value names, with all that they are inside of. */
export function statesIn({ nodes }: Chart, value: unknown, parent: string | null = null): string[] {
  const child = (name: string) =>
    nodes.find((node) => node.parent === parent && node.name === name)?.id
  if (typeof value === 'string') return [child(value) ?? []].flat()
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => {
    const id = child(name)
    return id === undefined ? [] : [id, ...statesIn({ nodes, ways: [] }, inner, id)]
  })
}

export function journeyOf(chart: Chart, entries: readonly HistoryEntry[]): Journey {
  const visited = new Set<string>()
  const taken = new Set<string>()
  let active = new Set<string>()
  for (const { state, facts } of entries) {
    const next = new Set(statesIn(chart, state))
    for (const way of waysTaken(chart, { before: active, after: next, facts })) {
      taken.add(wayKey(way))
      for (const id of [way.from, way.to]) visited.add(id)
    }
    for (const id of next) visited.add(id)
    active = next
  }
  return { active, visited, taken, ...fatesOf(entries) }
}

const fateOf: Readonly<Record<string, StepFate>> = {
  'step.succeeded': 'done',
  'step.refused': 'refused',
  'step.failed': 'failing',
  'step.timed-out': 'failing',
  'step.unknown': 'unknown',
  'step.skipped': 'skipped',
  'undo.succeeded': 'undone',
  'undo.skipped': 'skipped',
  'undo.failed': 'undoing',
  'undo.timed-out': 'undoing',
  'undo.refused': 'stuck',
}

function fatesOf(entries: readonly HistoryEntry[]): Pick<Journey, 'fates' | 'undone'> {
  const fates = new Map<string, StepFate>()
  const undone: string[] = []
  for (const { type, step, direction } of entries.flatMap(({ facts }) => facts)) {
    if (step === undefined) continue
    const fate =
      type === 'command.sent' ? (direction === 'undo' ? 'undoing' : 'sent') : fateOf[type]
    if (fate !== undefined) fates.set(step, fate)
    if (type === 'saga.stuck') fates.set(step, 'stuck')
    if (type === 'command.sent' && direction === 'undo' && undone.at(-1) !== step) undone.push(step)
  }
  return { fates, undone }
}
