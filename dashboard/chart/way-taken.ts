// Which ways of a statechart one entry of a history took. Histories know only where a saga came to rest,
// so what it passed on the way is found again: from the way that a fact stands for, on through states
// that are left at once. Pure.
import type { Chart, HistoryEntry } from './journey.ts'

type Way = Chart['ways'][number]
type Fact = HistoryEntry['facts'][number]

export const wayKey = ({ from, to, kind, name }: Way): string => `${from} ${to} ${kind} ${name}`

const replies = new Set(['step.succeeded', 'step.skipped'])
const errors = new Set(['step.refused', 'step.failed', 'step.timed-out', 'step.unknown'])

/** Whether what was told is what this way waits for. */
function isOf({ kind, name, afterMs }: Way, { type, step, direction, detail }: Fact): boolean {
  if (direction === 'undo') return false
  if (kind === 'reply') return replies.has(type) && step === name
  if (kind === 'error') return errors.has(type) && step === name
  if (kind === 'timer') {
    return type === 'timer.fired' && String(detail).includes(String(name ?? afterMs))
  }
  const signal = (detail as { readonly name?: unknown } | null | undefined)?.name
  return kind === 'signal' && type === 'signal.delivered' && signal === name
}

export type Move = {
  readonly before: ReadonlySet<string>
  readonly after: ReadonlySet<string>
  readonly facts: readonly Fact[]
}

export function waysTaken(chart: Chart, { before, after, facts }: Move): readonly Way[] {
  const { nodes, ways } = chart
  const hasInner = (id: string) => nodes.some((node) => node.parent === id && after.has(node.id))
  const ends = new Set([...after].filter((id) => !before.has(id) && !hasInner(id)))
  const starts =
    before.size === 0
      ? nodes.filter(({ parent, isInitial }) => parent === null && isInitial)
      : ways.filter((way) => before.has(way.from) && facts.some((fact) => isOf(way, fact)))
  return starts.flatMap((start) =>
    'id' in start
      ? onward(chart, { at: start.id, taken: [] }, ends)
      : onward(chart, first(start), ends),
  )
}

type Path = { readonly at: string; readonly taken: readonly Way[] }

const first = (way: Way): Path => ({ at: way.to, taken: [way] })

/** The shortest way to each end; every state is passed once, so it comes to an end itself. */
function onward(chart: Chart, start: Path, ends: ReadonlySet<string>): readonly Way[] {
  const seen = new Set<string>([start.at])
  const found: Way[] = []
  const open = [start]
  for (const { at, taken } of open) {
    if (ends.has(at)) {
      found.push(...taken)
      continue
    }
    for (const next of stepsFrom(chart, at)) {
      if (seen.has(next.at)) continue
      seen.add(next.at)
      open.push({ at: next.at, taken: [...taken, ...next.taken] })
    }
  }
  return found
}

/** Without anything that comes: into a state, out of one that is done, or by a way of its own. */
function stepsFrom({ nodes, ways }: Chart, id: string): readonly Path[] {
  const node = nodes.find((one) => one.id === id)
  const inner = nodes.filter((one) => one.parent === id)
  const entered = inner.filter((one) => one.isInitial || node?.kind === 'parallel')
  const own = ways.filter(({ from, kind }) => from === id && kind === 'always')
  const parent = nodes.find((one) => one.id === node?.parent)
  return [
    ...entered.map((one) => ({ at: one.id, taken: [] })),
    ...own.map(first),
    ...(node?.kind === 'final' && parent !== undefined ? outOf({ nodes, ways }, parent) : []),
  ]
}

/** A state that is done is left by its own way; a region ends together with the others beside it. */
function outOf({ nodes, ways }: Chart, { id, parent }: Chart['nodes'][number]): readonly Path[] {
  const left = ways.filter(({ from, kind }) => from === id && kind === 'done').map(first)
  const outer = nodes.find((one) => one.id === parent)
  return outer?.kind === 'parallel' ? [...left, ...outOf({ nodes, ways }, outer)] : left
}
