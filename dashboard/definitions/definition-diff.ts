// What changed from one version of a saga to the next: steps, what they ask for, their limits, and the
// states and ways of the chart, and the deadline of the whole. Pure.
import type { Definition, Mark } from '../chart/drawn-definition.ts'
import { lengthText } from '../words/format.ts'

export type Change = { readonly mark: Mark; readonly what: string; readonly detail: string }

type Step = Definition['steps'][number]

export function changesBetween(before: Definition, after: Definition): readonly Change[] {
  const [old, fresh] = [byName(before), byName(after)]
  const steps = [...new Set([...old.keys(), ...fresh.keys()])].flatMap((name) =>
    stepChanges(name, old.get(name), fresh.get(name)),
  )
  const isInputNew = JSON.stringify(before.input) !== JSON.stringify(after.input)
  const input: Change = { mark: 'changed', what: 'Input', detail: 'its schema' }
  return [
    ...(isInputNew ? [input] : []),
    ...deadlineChange(before, after),
    ...steps,
    ...stateChanges(before, after),
    ...wayChanges(before, after),
  ]
}

/** By the id of a state in the newer chart. */
export function marksOf(before: Definition, after: Definition): ReadonlyMap<string, Mark> {
  const old = byName(before)
  const known = new Set(before.chart.nodes.map(({ name }) => name))
  return new Map(
    after.chart.nodes.flatMap(({ id, name, steps }): [string, Mark][] => {
      if (!known.has(name)) return [[id, 'added']]
      const isChanged = steps.some((step) => {
        const now = after.steps.find((one) => one.name === step)
        return stepChanges(step, old.get(step), now).length > 0
      })
      return isChanged ? [[id, 'changed']] : []
    }),
  )
}

function deadlineChange(before: Definition, after: Definition): readonly Change[] {
  if (before.deadlineMs === after.deadlineMs) return []
  const [old, fresh] = [before, after].map(({ deadlineMs }) =>
    deadlineMs === null ? 'none' : lengthText(deadlineMs),
  )
  return [{ mark: 'changed', what: 'Deadline of the saga', detail: `${old} → ${fresh}` }]
}

const byName = ({ steps }: Definition) => new Map(steps.map((step) => [step.name, step]))

function stepChanges(
  name: string,
  before: Step | undefined,
  after: Step | undefined,
): readonly Change[] {
  const what = `Step ${name}`
  if (before === undefined) {
    return after === undefined ? [] : [{ mark: 'added', what, detail: `sends ${after.command}` }]
  }
  if (after === undefined) return [{ mark: 'removed', what, detail: `sent ${before.command}` }]
  const details = [
    ...(['kind', 'command', 'topic', 'undo', 'child'] as const).flatMap((field) =>
      before[field] === after[field]
        ? []
        : [`${field} ${before[field] ?? 'none'} → ${after[field] ?? 'none'}`],
    ),
    ...limitChanges('', before.retry, after.retry),
    ...limitChanges('undo ', before.undoRetry, after.undoRetry),
  ]
  return details.length === 0 ? [] : [{ mark: 'changed', what, detail: details.join('; ') }]
}

const limits = {
  attempts: String,
  timeoutMs: lengthText,
  firstDelayMs: lengthText,
  factor: String,
  delayMsMax: lengthText,
  jitter: String,
  deadlineMs: lengthText,
} as const

function limitChanges(of: string, before: Step['retry'], after: Step['retry']): readonly string[] {
  const names = Object.keys(limits) as (keyof typeof limits)[]
  const text = (policy: Step['retry'], name: keyof typeof limits) => {
    const value = policy[name]
    return value === null ? 'none' : limits[name](value)
  }
  return names.flatMap((name) =>
    before[name] === after[name]
      ? []
      : [`${of}${name.replace('Ms', '')} ${text(before, name)} → ${text(after, name)}`],
  )
}

function stateChanges(before: Definition, after: Definition): readonly Change[] {
  const [old, fresh] = [before, after].map(
    ({ chart }) =>
      new Set(chart.nodes.filter(({ steps }) => steps.length === 0).map(({ name }) => name)),
  )
  const only = (these: Set<string> | undefined, those: Set<string> | undefined, mark: Mark) =>
    [...(these ?? [])]
      .filter((name) => !those?.has(name))
      .map((name): Change => ({ mark, what: `State ${name}`, detail: '' }))
  return [...only(fresh, old, 'added'), ...only(old, fresh, 'removed')]
}

/** Signals and timers are ways too; those of a state or step that came or went are told by that. */
function wayChanges(before: Definition, after: Definition): readonly Change[] {
  const [old, fresh] = [waysOf(before), waysOf(after)]
  const isKept = ({ ends }: NamedWay) =>
    [before, after].every(({ chart }) =>
      ends.every((end) => chart.nodes.some(({ name }) => name === end)),
    )
  const only = (these: typeof old, those: typeof old, mark: Mark) =>
    [...these].flatMap(([key, way]): Change[] =>
      those.has(key) || !isKept(way) ? [] : [{ mark, what: `Way ${way.what}`, detail: way.detail }],
    )
  return [...only(fresh, old, 'added'), ...only(old, fresh, 'removed')]
}

type NamedWay = {
  readonly ends: readonly string[]
  readonly what: string
  readonly detail: string
}

/** By all that is known of it; ids have the name of the saga in front, which is the same. */
function waysOf({ chart }: Definition): ReadonlyMap<string, NamedWay> {
  const nameOf = (id: string) => chart.nodes.find((node) => node.id === id)?.name ?? 'any state'
  return new Map(
    chart.ways.map(({ from, to, kind, name, afterMs, isGuarded }) => {
      const ends = [from, to].map(nameOf)
      const after = afterMs === null ? null : `after ${lengthText(afterMs)}`
      const detail = [kind, name, after, isGuarded ? 'on a condition' : null]
      const way = {
        ends: ends.filter((end) => end !== 'any state'),
        what: ends.join(' → '),
        detail: detail.filter((part) => part !== null).join(', '),
      }
      return [`${from} ${to} ${way.detail}`, way]
    }),
  )
}
