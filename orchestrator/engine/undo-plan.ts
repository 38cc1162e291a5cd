// What would be undone, in which order, if a saga turned back as it stands: for a person who is
// about to decide. The order is compensation's own.
import type { SagaDefinition } from '../definition/saga-definition.ts'
import { isPastReturn, isToUndo } from './compensate.ts'
import type { Saga, StepState } from './saga.ts'
import { isEnded } from './saga.ts'
import { lastInOrder } from './undo-order.ts'

export type UndoPlan = {
  /** `stuck`: it is past its point of no return, so a person would have to look. */
  readonly status: 'compensating' | 'stuck'
  readonly commands: readonly {
    readonly step: string
    readonly visit: number
    /** The name of the command that takes it back. */
    readonly command: string
    /** Its step is under way, and would be undone because it may have been done. */
    readonly isUncertain: boolean
  }[]
}

/** Null for a saga that has ended. */
export function undoPlan(definition: SagaDefinition, saga: Saga): UndoPlan | null {
  if (isEnded(saga)) return null
  const isTurnedBack = saga.failure !== null
  if (!isTurnedBack && isPastReturn({ definition, saga })) return { status: 'stuck', commands: [] }
  const steps: StepState[] = saga.steps.map(settled)
  const commands: UndoPlan['commands'][number][] = []
  for (let index = next(steps); index >= 0; index = next(steps)) {
    const step = steps[index] as StepState
    const { name, visit } = step
    const command = definition.steps.get(name)?.command.undo?.name
    const isUncertain = saga.steps[index]?.outcome !== 'done'
    if (command !== undefined) commands.push({ step: name, visit, command, isUncertain })
    steps[index] = { ...step, undo: 'done' }
  }
  return { status: 'compensating', commands }
}

const next = (steps: readonly StepState[]) => lastInOrder(steps, isToUndo)

/** A step whose answer is not there yet may be done; an undo under way is sent already, and counts. */
function settled(step: StepState): StepState {
  const outcome = step.outcome === 'pending' ? 'unknown' : step.outcome
  return { ...step, outcome, undo: step.undo === 'pending' ? 'none' : step.undo }
}
