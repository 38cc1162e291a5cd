// A random list of items as `defineSaga` takes it. The payload of what stands in a loop tells the
// round, so that a test need not believe the engine which round a visit belongs to.
import type { CommandContract } from '../../messaging/contract.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import type { StepKind } from '../../orchestrator/definition/step-options.ts'
import type { Make, Making } from './make-saga.ts'
import { childNamed, commandNamed, limitsOf, nameOf, signalNamed } from './sample-commands.ts'
import { type Limits, type ListShape, type Path, type Shape, usual } from './shape.ts'

/** Where a list stands: what kind its steps are, and what counts the rounds of its loop. */
type Place = {
  readonly making: Making
  readonly kind: StepKind
  readonly counter: CommandContract | null
}

type Given = {
  readonly input: { readonly amount: number }
  readonly reply: (contract: unknown) => { readonly visit: number }
}

export function makeList({ making, common, isLonger }: Make, shape: ListShape): SagaDefinition {
  const place = { making, counter: null }
  const before = itemsOf({ ...place, kind: 'compensatable' }, shape.before, [0])
  const pivot = shape.hasPivot ? [stepOf({ ...place, kind: 'pivot' }, [1], usual)] : []
  const after = itemsOf({ ...place, kind: 'retriable' }, shape.after, [2])
  const isPassed = shape.hasPivot || shape.after.length > 0
  const last = isPassed ? 'retriable' : 'compensatable'
  const extra = isLonger ? [stepOf({ ...place, kind: last }, [3], usual)] : []
  return defineSaga({
    ...common,
    name: 'random',
    steps: [...before, ...pivot, ...after, ...extra] as never,
    output: making.fault.in(() => 7),
  }) as SagaDefinition
}

function itemsOf(place: Place, shapes: readonly Shape[], path: Path): readonly unknown[] {
  return shapes.map((shape, index) => itemOf(place, shape, [...path, index]))
}

function itemOf(place: Place, shape: Shape, path: Path): unknown {
  const { making } = place
  const name = nameOf(path)
  switch (shape.type) {
    case 'step':
      return shape.isChild && place.kind === 'compensatable'
        ? childOf(place, path, shape.limits)
        : stepOf(place, path, shape.limits)
    case 'each': {
      const items = Array.from({ length: shape.items }, (_, item) => item)
      const { fault } = making
      const forEach = fault.in(() => items)
      return { ...stepOf(place, path, usual), forEach, atMost: shape.atMost }
    }
    case 'parallel':
      making.parallel.add(path.join('.'))
      return {
        name,
        parallel: Object.fromEntries(
          shape.branches.map((branch, index) => [
            `b${index}`,
            itemsOf(place, branch, [...path, index]),
          ]),
        ),
      }
    case 'choose':
      return { name, choose: waysOf(place, shape, path) }
    case 'repeat':
      return loopOf(place, shape, path)
    case 'delay': {
      const { delayMs } = shape
      return { name, delayMs: making.fault.in(() => delayMs) }
    }
    default:
      return waitOf(making, shape, name)
  }
}

type Of<Type extends Shape['type']> = Extract<Shape, { readonly type: Type }>

function waysOf(place: Place, { branches, isTrue }: Of<'choose'>, path: Path) {
  return branches.map((branch, index) => ({
    when: place.making.fault.in(() => isTrue === (index === 0)),
    steps: itemsOf(place, branch, [...path, index]),
  }))
}

function loopOf(place: Place, shape: Of<'repeat'>, path: Path) {
  const { making, kind } = place
  const name = nameOf(path)
  const counter = commandNamed(`${name}-n`, kind)
  const count = { ...stepOf(place, [...path, 0], usual), send: counter }
  const steps = [count, ...itemsOf({ ...place, counter }, shape.steps, [...path, 1])]
  for (const step of making.paths.keys()) {
    if (step.startsWith(`${name}-`)) making.loops.set(step, path.length)
  }
  const isOver = ({ reply }: Given) => reply(counter).visit >= shape.times
  return { name, repeat: steps, until: making.fault.in(isOver), timesMax: 3 }
}

function waitOf(making: Making, shape: Of<'wait' | 'approval'>, name: string) {
  if (shape.type === 'approval') {
    const { deadlineMs } = shape
    making.approvals.push(name)
    return { name, approval: { by: 'ann', deadlineMs, escalate: { afterMs: 10, to: 'bob' } } }
  }
  const { timeoutMs, onTimeout } = shape
  making.signals.push(name)
  const limit = timeoutMs === null ? {} : { timeoutMs, onTimeout }
  return { name: `${name}-wait`, waitFor: signalNamed(name), ...limit }
}

function stepOf(place: Place, path: Path, limits: Limits) {
  const { kind } = place
  const name = nameOf(path)
  const send = commandNamed(name, kind)
  return { name, kind, send, ...askedOf(place, path), ...limitsOf(limits, false) }
}

function childOf(place: Place, path: Path, limits: Limits) {
  const name = nameOf(path)
  place.making.children.add(name)
  return { name, saga: childNamed(name), ...askedOf(place, path), ...limitsOf(limits, true) }
}

function askedOf({ making, counter }: Place, path: Path) {
  making.paths.set(nameOf(path), path)
  const payload = ({ input, reply }: Given) =>
    counter === null ? input : { ...input, round: reply(counter).visit }
  return { with: making.fault.in(payload) }
}
