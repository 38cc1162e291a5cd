// The commands and child sagas that explored steps ask for, and how a step is written.
import { Type } from 'typebox'
import { type CommandContract, defineCommand } from '../../messaging/contract.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { defineSignal } from '../../orchestrator/definition/define-signal.ts'
import type {
  SagaDefinition,
  SignalDefinition,
} from '../../orchestrator/definition/saga-definition.ts'
import type { StepKind } from '../../orchestrator/definition/step-options.ts'
import { undoable } from '../engine/sample-contracts.ts'
import type { Limits, Path } from './shape.ts'

export const Input = Type.Object({ amount: Type.Number() })
const Visit = Type.Object({ visit: Type.Integer() })
const topic = 'sample.commands'

export function nameOf(path: Path): string {
  return `s${path.join('-')}`
}

/** Made once by key: their checks are compiled, which takes longer than a run. */
function once<T>(make: (key: string) => T): (key: string) => T {
  const made = new Map<string, T>()
  return (key) => {
    const known = made.get(key) ?? make(key)
    made.set(key, known)
    return known
  }
}

const undoables = once((name) => {
  const undo = defineCommand({ name: `sample.undo-${name}`, topic, payload: Input })
  const shape = { name: `sample.do-${name}`, topic, payload: Input, reply: Visit, undo }
  return defineCommand(shape) as CommandContract
})

const lastings = once((name) => {
  const shape = { name: `sample.do-${name}`, topic, payload: Input, reply: Visit }
  return defineCommand(shape) as CommandContract
})

export function commandNamed(name: string, kind: StepKind): CommandContract {
  return kind === 'compensatable' ? undoables(name) : lastings(name)
}

export const childNamed: (name: string) => SagaDefinition = once((name) =>
  defineSaga({
    name: `child-${name}`,
    version: 1,
    input: Input,
    steps: [{ name: 'a', send: undoable('child') }],
  }),
)

export const signalNamed: (name: string) => SignalDefinition = once((name) =>
  defineSignal({ name, data: Type.Unknown() }),
)

/** The limits of a step as they are written. A child has its own, and all the time it wants. */
export function limitsOf(limits: Limits, isChild: boolean) {
  const { attempts, undoAttempts, timeoutMs, firstDelayMs, deadlineMs } = limits
  const deadline = deadlineMs === null ? {} : { deadlineMs }
  const undo = { attempts: undoAttempts, timeoutMs }
  if (isChild) return { ...deadline, undo }
  return { attempts, timeoutMs, firstDelayMs, ...deadline, undo }
}
