// Compiles a `forEach`: a parallel state of lanes, each of which takes one item after the other.
import { assign } from 'xstate'
import { beginEach, eachState, rememberItem } from './chart-context.ts'
import { childPayload } from './child-command.ts'
import { givenOf } from './given-of.ts'
import { type At, failedState, type Position, withGiven } from './position.ts'
import type { ForEachItem } from './saga-item.ts'

export function compileForEach(item: ForEachItem, position: Position) {
  const { name, lanes, items } = item
  const { frame, next } = position
  const itemsOf = withGiven(position, items)
  const begin = (at: At) => beginEach(at.context, name, lanes, itemsOf(at))
  const states = Array.from({ length: lanes }, (_, lane) => {
    // Items are taken in their order, which lane ever is free, so they are undone against it.
    if (frame.path.length > 0) frame.paths.set(`${name}#${lane}`, frame.path)
    return [`lane${lane}`, laneState(item, lane, position)] as const
  })
  return {
    type: 'parallel',
    entry: assign(begin as never),
    states: Object.fromEntries(states),
    onDone: { target: next },
  }
}

type Answered = At & { readonly event: { readonly output?: unknown } }

function laneState(item: ForEachItem, lane: number, position: Position) {
  const { name } = item
  const hasItem = ({ context }: At) => eachState(context, name).at[lane] !== null
  const onAnswer = ({ context, event }: Answered) => rememberItem(context, name, lane, event.output)
  return {
    initial: 'next',
    states: {
      next: { always: [{ guard: hasItem, target: 'asked' }, { target: 'completed' }] },
      asked: {
        invoke: {
          id: `${name}#${lane}`,
          src: name,
          input: itemPayload(item, lane, position),
          onDone: { target: 'next', actions: assign(onAnswer as never) },
          onError: { target: failedState(position.frame) },
        },
      },
      completed: { type: 'final' },
    },
  }
}

function itemPayload({ name, step, payload }: ForEachItem, lane: number, position: Position) {
  return ({ context }: At): unknown => {
    const { items, at } = eachState(context, name)
    const index = at[lane] ?? 0
    const given = givenOf(context, position.before, position.frame.saga)
    const data = payload({ ...given, item: items[index], index })
    return step.child === null ? data : childPayload(step.child, data)
  }
}
