// The board and the alert rules in deploy/grafana: every expression is PromQL, and asks only for metrics
// and labels that there are; and the page of docs/observability.md has every metric and every alert.
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { readSource } from '../tidy/source-tree.ts'
import { fromPrometheus, knownMetrics } from './known-metrics.ts'
import { readPromql } from './promql.ts'

type Place = { readonly h: number; readonly w: number; readonly x: number; readonly y: number }
type Panel = {
  readonly id: number
  readonly title: string
  readonly gridPos: Place
  readonly targets?: readonly { readonly expr: string }[]
}
type Rule = {
  readonly alert: string
  readonly expr: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

const board = JSON.parse(readSource('deploy/grafana/sagaline.json').text) as {
  readonly panels: readonly Panel[]
}
const { groups } = parse(readSource('deploy/grafana/alerts.yaml').text) as {
  readonly groups: readonly { readonly rules: readonly Rule[] }[]
}
const rules = groups.flatMap((group) => group.rules)
const page = readSource('docs/observability.md').text
const known = await knownMetrics()

/** Answers what is wrong with it. */
function faultsOf(expr: string): readonly string[] {
  const { errors, series, labels } = readPromql(expr)
  const unknown = series.filter((name) => !known.series.has(name))
  const allowed = new Set(series.flatMap((name) => [...(known.series.get(name) ?? [])]))
  const strange = labels.filter((label) => !allowed.has(label))
  const nothing = series.length === 0 ? ['it asks for nothing'] : []
  return [...errors, ...unknown, ...strange, ...nothing]
}

it('what is no PromQL, and what there is not, is found', () => {
  expect(faultsOf('rate(sagaline_sagas_started_total[5m]')).not.toEqual([])
  expect(faultsOf('sagaline_sagas_started_totals')).toEqual(['sagaline_sagas_started_totals'])
  expect(faultsOf('sagaline_saga_seconds')).toEqual(['sagaline_saga_seconds'])
  expect(faultsOf('sum by (step) (sagaline_sagas{status="stuck"})')).toEqual(['step'])
  expect(faultsOf('sagaline_sagas{state="stuck"}')).toEqual(['state'])
  expect(faultsOf('sum by (le) (rate(sagaline_saga_seconds_bucket[$__rate_interval]))')).toEqual([])
})

const expressions = board.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => [title, expr] as const),
)

it.each(expressions)('the panel “%s” asks for what there is: %s', (_, expr) => {
  expect(faultsOf(expr)).toEqual([])
})

it.each(rules.map(({ alert, expr }) => [alert, expr] as const))(
  'the alert %s asks for what there is',
  (_, expr) => {
    expect(faultsOf(expr)).toEqual([])
  },
)

/** Where the largest of several series is taken which are not the same thing told by several. */
function lost(expr: string): readonly string[] {
  const maxima = expr.matchAll(/\bmax by \(([^)]*)\) \((\w+)(\{[^}]*\})?\)/g)
  return [...maxima].flatMap(([, by = '', name = '', selector = '']) => {
    const kept = [...by.split(', '), ...fromPrometheus]
    const fixed = [...selector.matchAll(/(\w+)="/g)].map(([, label]) => label)
    const own = [...(known.series.get(name) ?? [])]
    return own.filter((label) => !kept.includes(label) && !fixed.includes(label))
  })
}

it('the largest is taken over instances only: versions add up', () => {
  expect(lost('max by (saga) (sagaline_sagas{status="stuck"})')).toEqual(['version'])
  const all = [...expressions.map(([, expr]) => expr), ...rules.map(({ expr }) => expr)]
  expect(all.filter((expr) => lost(expr).length > 0)).toEqual([])
})

it('no alert waits for a counter to rise from nothing: its first series begins at 1', () => {
  expect(rules.filter(({ expr }) => /\bincrease\(.*> 0$/.test(expr))).toEqual([])
})

it('every metric of Sagaline is on the board', () => {
  const asked = new Set(expressions.flatMap(([, expr]) => readPromql(expr).series))
  const parts = (name: string) => [name, `${name}_bucket`, `${name}_count`, `${name}_sum`]
  expect(known.own.filter((name) => !parts(name).some((part) => asked.has(part)))).toEqual([])
})

it('panels have ids of their own and do not lie upon each other', () => {
  const ids = board.panels.map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  const cells = board.panels.flatMap(({ gridPos: { h, w, x, y } }) =>
    Array.from({ length: h * w }, (_, i) => `${x + (i % w)}/${y + Math.floor(i / w)}`),
  )
  expect(new Set(cells).size).toBe(cells.length)
})

it('an alert says how bad it is, and its words name only labels that it has', () => {
  for (const { alert, expr, labels, annotations } of rules) {
    expect(labels['severity'], alert).toMatch(/^(page|ticket)$/)
    const used = [...(annotations['summary'] ?? '').matchAll(/\$labels\.(\w+)/g)].map(
      ([, it]) => it,
    )
    expect(used.filter((label) => !readPromql(expr).labels.includes(label ?? ''))).toEqual([])
  }
})

it('docs/observability.md has every metric and every alert, and no other', () => {
  const names = (pattern: RegExp) => new Set([...page.matchAll(pattern)].map(([, name]) => name))
  expect(names(/^\| `(sagaline_\w+)`/gm)).toEqual(new Set(known.own))
  expect(names(/^\| `([A-Z]\w+)` +\|/gm)).toEqual(new Set(rules.map(({ alert }) => alert)))
})
