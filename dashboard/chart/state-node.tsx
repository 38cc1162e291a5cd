// One state in the diagram: what it is called, what it sends, what becomes of it.

import { Handle, type Node, type NodeProps, Position } from '@xyflow/react'
import { plainName } from '../words/format.ts'
import type { Mark } from './drawn-definition.ts'
import type { Chart, StepFate } from './journey.ts'

export type StateData = {
  readonly state: Chart['nodes'][number]
  readonly fate: StepFate | null
  readonly isActive: boolean
  readonly isVisited: boolean
  /** The command of its step, and what undoes it. */
  readonly command: string | null
  readonly undo: string | null
  readonly kind: string | null
  readonly mark: Mark | null
  readonly isSelected: boolean
}

export type StateFlowNode = Node<StateData, 'state'>

const fateWords: Readonly<Record<StepFate, string>> = {
  sent: 'under way',
  done: 'done',
  refused: 'refused',
  unknown: 'unknown',
  failing: 'failing',
  skipped: 'skipped',
  undoing: 'undoing',
  undone: 'undone',
  stuck: 'stuck',
}

export function StateNode({ data }: NodeProps<StateFlowNode>) {
  const { state, fate, isActive, isVisited, command, undo, kind, mark, isSelected } = data
  const isGroup = state.kind === 'compound' || state.kind === 'parallel'
  return (
    <div
      className="state"
      data-kind={isGroup ? 'group' : state.kind}
      data-fate={fate ?? undefined}
      data-active={isActive}
      data-visited={isVisited}
      data-failure={state.isFailure}
      data-mark={mark ?? undefined}
      data-selected={isSelected}
      data-state-name={state.name}
    >
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <p className="title">
        {state.isInitial && <span className="begin" />}
        <span className="cut">{plainName(state.name)}</span>
        {kind === 'pivot' && <span className="kind">pivot</span>}
      </p>
      {command !== null && <p className="cut sends mono">{command}</p>}
      {command !== null && (
        <p className="foot">
          {fate !== null && <span className="fate">{fateWords[fate]}</span>}
          {undo !== null && <span className="undo cut">↶ {undo.split('.').at(-1)}</span>}
        </p>
      )}
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  )
}
