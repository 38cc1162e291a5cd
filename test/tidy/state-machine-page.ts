// docs/state-machine.md, drawn from the engine's own table of a saga's life.
import { births, life } from '../../orchestrator/engine/life.ts'
import { markdownTable } from './markdown-table.ts'

const meanings: { readonly [status in keyof typeof life]: string } = {
  scheduled: 'Its start is for later.',
  waiting: 'It waits for its semantic locks.',
  running: 'It goes forward.',
  compensating:
    'It settles what is under way, then undoes what was or may have been done. Also: its statechart has completed, and what that left behind is undone.',
  stuck:
    'A person must look. What is parked waits for that, though a late answer still counts; what stands beside it goes on.',
  paused: 'A person holds it. Nothing is sent and no timer fires; what comes is kept in its order.',
  completed: 'The end: the statechart reached its end.',
  compensated: 'The end: what was or may have been done is undone.',
  abandoned: 'The end: a person gave up a stuck saga. Effects that stay are flagged.',
  terminated: 'The end: a person stopped it where it was. Nothing is undone.',
}

const statuses = Object.keys(life) as readonly (keyof typeof life)[]

export function stateMachinePage(): string {
  return [
    '# The life of a saga',
    '',
    'Drawn from `orchestrator/engine/life.ts`, which `advance` holds every move against. A test keeps',
    'this page equal to it. [Semantics](semantics.md) has the rules behind the ways.',
    '',
    '```mermaid',
    'stateDiagram-v2',
    ...Object.keys(births).map((to) => `  [*] --> ${to}`),
    ...statuses.flatMap((from) => waysOf(from).map(([to]) => `  ${from} --> ${to}`)),
    ...statuses.filter((status) => isEnd(status)).map((status) => `  ${status} --> [*]`),
    '```',
    '',
    markdownTable(
      ['Status', 'Meaning'],
      statuses.map((status) => [`\`${status}\``, meanings[status]]),
    ),
    '',
    markdownTable(
      ['From', 'To', 'When'],
      [
        ...Object.entries(births).map(([to, why]) => ['the start', `\`${to}\``, why]),
        ...statuses.flatMap((from) =>
          waysOf(from).map(([to, why]) => [`\`${from}\``, `\`${to}\``, why]),
        ),
      ],
    ),
    '',
  ].join('\n')
}

function waysOf(status: keyof typeof life): readonly (readonly [string, string])[] {
  return Object.entries(life[status])
}

function isEnd(status: keyof typeof life): boolean {
  return meanings[status].startsWith('The end')
}
