// Compiles a list of items to states, each going on to the next. Called by `compile-steps.ts` for
// the saga, and from here for the lists inside items.
import { assign } from 'xstate'
import { beginRound, endRounds, remember } from './chart-context.ts'
import { childPayload } from './child-command.ts'
import { compileForEach } from './compile-for-each.ts'
import { compileWait } from './compile-wait.ts'
import type { Given } from './given.ts'
import type { Before } from './given-of.ts'
import { groupMarker } from './group-marker.ts'
import { type At, type Frame, failedState, type Position, withGiven } from './position.ts'
import {
  allItems,
  type ChooseItem,
  type CommandItem,
  type ParallelItem,
  type RepeatItem,
  type SagaItem,
} from './saga-item.ts'

type States = Readonly<Record<string, unknown>>

type Compiled = { readonly first: string; readonly states: States; readonly before: Before }

export function compileList(
  items: readonly SagaItem[],
  before: Before,
  next: string,
  frame: Frame,
): Compiled {
  let states: States = {}
  let known = before
  items.forEach((item, index) => {
    const after = items[index + 1]?.name ?? next
    const compiled = compileItem(item, { before: known, next: after, frame })
    states = { ...states, ...compiled.states }
    known = compiled.before
  })
  return { first: items[0]?.name ?? next, states, before: known }
}

function compileItem(item: SagaItem, position: Position): Omit<Compiled, 'first'> {
  const { before } = position
  switch (item.type) {
    case 'command': {
      const states = { [item.name]: commandState(item, position) }
      return { states, before: [...before, { step: item.step, isEach: false }] }
    }
    case 'forEach': {
      const states = { [item.name]: compileForEach(item, position) }
      return { states, before: [...before, { step: item.step, isEach: true }] }
    }
    case 'parallel':
      return compileParallel(item, position)
    case 'choose':
      return compileChoose(item, position)
    case 'repeat':
      return compileRepeat(item, position)
    default: {
      const heard = 'signal' in item ? [{ signal: item.signal.name }] : []
      return { states: { [item.name]: compileWait(item, position) }, before: [...before, ...heard] }
    }
  }
}

/** What the step's command carries. */
export function stepPayload({ step, payload }: CommandItem, given: Given<unknown>): unknown {
  const data = payload ? payload(given) : given.input
  return step.child === null ? data : childPayload(step.child, data)
}

type Answered = At & { readonly event: { readonly output?: unknown } }

function commandState(item: CommandItem, position: Position) {
  const { name } = item
  const { frame, next } = position
  if (frame.path.length > 0) frame.paths.set(name, frame.path)
  const onAnswer = ({ context, event }: Answered) => remember(context, name, event.output)
  return {
    invoke: {
      id: name,
      src: name,
      input: withGiven(position, (given) => stepPayload(item, given)),
      onDone: { target: next, actions: assign(onAnswer as never) },
      onError: { target: failedState(frame) },
    },
  }
}

function compileParallel(item: ParallelItem, position: Position): Omit<Compiled, 'first'> {
  const { before, next, frame } = position
  const id = `${frame.id}.${item.name}`
  const branches = item.branches.map(({ name, items }, branch) => {
    const path = [...frame.path, { group: id, branch }]
    const inside = { ...frame, id: `${id}.${name}`, path }
    const compiled = compileList(items, before, 'completed', inside)
    const states = { ...compiled.states, completed: { type: 'final' } }
    return { name, state: { initial: compiled.first, states }, heard: compiled.before }
  })
  const state = {
    type: 'parallel',
    entry: groupMarker(id),
    states: Object.fromEntries(branches.map(({ name, state }) => [name, state])),
    onDone: { target: next },
  }
  const heard = branches.flatMap((branch) => branch.heard.slice(before.length))
  return { states: { [item.name]: state }, before: [...before, ...heard] }
}

/** The ways stand beside the choice, so that the chart reads like a flow. */
function compileChoose(item: ChooseItem, position: Position): Omit<Compiled, 'first'> {
  const { before, next, frame } = position
  const ways = item.ways.map(({ when, items }) => {
    const compiled = compileList(items, before, next, frame)
    const guard = when && withGiven(position, when)
    return { ...compiled, always: { target: compiled.first, ...(guard && { guard }) } }
  })
  const isOpen = item.ways.at(-1)?.when !== null
  const always = [...ways.map((way) => way.always), ...(isOpen ? [{ target: next }] : [])]
  const states = Object.assign({ [item.name]: { always } }, ...ways.map((way) => way.states))
  const heard = ways.flatMap((way) => way.before.slice(before.length))
  return { states, before: [...before, ...heard] }
}

function compileRepeat(item: RepeatItem, position: Position): Omit<Compiled, 'first'> {
  const { before, next, frame } = position
  const { name, items, until, timesMax } = item
  const id = `${frame.id}.${name}`
  const compiled = compileList(items, before, 'completed', { ...frame, id })
  const after = { ...position, before: compiled.before }
  const all = allItems(items)
  const inside = {
    steps: all.map((one) => one.name),
    signals: all.flatMap((one) => ('signal' in one ? [one.signal.name] : [])),
  }
  const begin = ({ context }: At) => beginRound(context, name, inside)
  const end = ({ context }: At) => endRounds(context, name)
  const isMore = ({ context }: At) => (context.rounds?.[name] ?? 0) < timesMax
  const state = {
    entry: assign(begin as never),
    initial: compiled.first,
    states: { ...compiled.states, completed: { type: 'final' } },
    onDone: [
      { guard: withGiven(after, until), target: next, actions: assign(end as never) },
      { guard: isMore, target: `#${id}`, reenter: true },
      { target: failedState(frame) },
    ],
  }
  return { states: { [name]: state }, before: compiled.before }
}
