// A statechart as Mermaid text, which GitHub and most wikis draw.
import type { DrawnChart, DrawnState, DrawnWay } from '../../definition/drawn-chart.ts'

export function mermaidText({ initial, states, ways }: DrawnChart): string {
  return [
    'stateDiagram-v2',
    `  [*] --> ${toId(initial)}`,
    ...states.flatMap((state) => stateLines(state, 1)),
    ...ways.map(wayLine),
    ...classLines(states),
    '',
  ].join('\n')
}

/** Ids are letters and digits only. */
function toId(id: string): string {
  return id.replace(/[^A-Za-z0-9]/g, '_')
}

/** Quotes, colons and line ends would end a label. */
function label(text: string): string {
  return text
    .replaceAll('"', "'")
    .replaceAll(/[\n\r]/g, ' ')
    .replaceAll(':', '#colon;')
    .replaceAll(';', '#59;')
    .replaceAll('#colon#59;', '#colon;')
}

function stateLines(state: DrawnState, depth: number): readonly string[] {
  const pad = '  '.repeat(depth)
  const id = toId(state.id)
  if (state.states.length === 0) {
    return [`${pad}state "${label(textOf(state))}" as ${id}`, ...endLines(state, pad)]
  }
  const inner = state.states.flatMap((child, at) => {
    const isNextBranch = state.kind === 'parallel' && at > 0
    return [...(isNextBranch ? [`${pad}  --`] : []), ...stateLines(child, depth + 1)]
  })
  const begin = state.initial === null ? [] : [`${pad}  [*] --> ${toId(state.initial)}`]
  return [`${pad}state "${label(state.name)}" as ${id} {`, ...begin, ...inner, `${pad}}`]
}

function endLines({ kind, id }: DrawnState, pad: string): readonly string[] {
  return kind === 'completed' || kind === 'failed' ? [`${pad}${toId(id)} --> [*]`] : []
}

/** A state whose step is called as it is needs no second name. */
function textOf({ name, steps, kind }: DrawnState): string {
  const notes = steps.map((step) => {
    const undo = step.command.undo === null ? '' : `, undo ${step.command.undo.name}`
    const what = step.child === null ? step.command.name : `saga ${step.child.name}`
    const pivot = step.kind === 'pivot' ? ', pivot' : ''
    return `${what}${undo}${pivot}`
  })
  if (kind === 'failed') return `${name}, what was done is undone`
  return [name, ...notes].join('<br/>')
}

function wayLine({ from, to, label: words }: DrawnWay): string {
  return `  ${toId(from)} --> ${toId(to)}${words === '' ? '' : `: ${label(words)}`}`
}

function classLines(states: readonly DrawnState[]): readonly string[] {
  const all = states.flatMap(withInner)
  const named = (kind: DrawnState['kind'], style: string, is: (one: DrawnState) => boolean) => {
    const ids = all.filter(is).map(({ id }) => toId(id))
    if (ids.length === 0) return []
    return [`  classDef ${kind} ${style}`, `  class ${ids.join(',')} ${kind}`]
  }
  const isPivot = ({ steps }: DrawnState) => steps.some(({ kind }) => kind === 'pivot')
  return [
    ...named(
      'completed',
      'fill:#dcfce7,stroke:#15803d,color:#14532d',
      (one) => one.kind === 'completed',
    ),
    ...named('failed', 'fill:#fef3c7,stroke:#b45309,color:#78350f', (one) => one.kind === 'failed'),
    ...named('step', 'stroke-width:3px', isPivot),
  ]
}

export function withInner(state: DrawnState): readonly DrawnState[] {
  return [state, ...state.states.flatMap(withInner)]
}
