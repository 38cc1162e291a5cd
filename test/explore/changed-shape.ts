// What a next version of a random saga may look like: some of its items are other ones, stand
// inside other ones, have another time limit, or are gone.
import fc from 'fast-check'
import type { ListShape, Shape } from './shape.ts'

export type Change = {
  /** Which item, counted from the first one and into those inside. */
  readonly pick: number
  readonly how: 'limit' | 'delay' | 'wait' | 'approval' | 'choose' | 'drop' | 'more'
}

export const changes: fc.Arbitrary<readonly Change[]> = fc.array(
  fc.record({
    pick: fc.nat({ max: 12 }),
    how: fc.constantFrom('limit', 'limit', 'delay', 'wait', 'approval', 'choose', 'drop', 'more'),
  }),
  { maxLength: 4 },
)

export function changed(shape: ListShape, all: readonly Change[]): ListShape {
  let [before, after] = [shape.before, shape.after]
  for (const { pick, how } of all) {
    const counting = { left: pick }
    before = changedList(before, how, counting)
    after = changedList(after, how, counting)
  }
  return { ...shape, before, after }
}

/** The same saga, where no time ends a wait. */
export function untimed(shape: ListShape): ListShape {
  const without = (one: Shape): Shape =>
    one.type === 'wait' ? { ...one, timeoutMs: null } : within(one, (list) => list.map(without))
  return { ...shape, before: shape.before.map(without), after: shape.after.map(without) }
}

function changedList(
  shapes: readonly Shape[],
  how: Change['how'],
  counting: { left: number },
): readonly Shape[] {
  return shapes.flatMap((shape) => {
    counting.left -= 1
    if (counting.left === -1) return changedItem(shape, how)
    return within(shape, (list) => changedList(list, how, counting))
  })
}

function within(shape: Shape, use: (list: readonly Shape[]) => readonly Shape[]): Shape {
  if (shape.type === 'repeat') return { ...shape, steps: use(shape.steps) }
  if (shape.type !== 'parallel' && shape.type !== 'choose') return shape
  return { ...shape, branches: shape.branches.map(use) }
}

const wait = { type: 'wait', timeoutMs: 70, onTimeout: 'continue' } as const

function changedItem(shape: Shape, how: Change['how']): readonly Shape[] {
  switch (how) {
    case 'limit':
      return [limited(shape)]
    case 'delay':
      return [{ type: 'delay', delayMs: 90 }]
    case 'wait':
      return [wait]
    case 'approval':
      return [{ type: 'approval', deadlineMs: 80 }]
    case 'choose':
      return [{ type: 'choose', isTrue: true, branches: [[shape], [wait]] }]
    case 'drop':
      return []
    case 'more':
      return [shape, { type: 'delay', delayMs: 60 }]
  }
}

function limited(shape: Shape): Shape {
  switch (shape.type) {
    case 'wait':
      return { ...shape, timeoutMs: shape.timeoutMs === null ? 70 : null }
    case 'delay':
      return { ...shape, delayMs: shape.delayMs + 10 }
    case 'approval':
      return { ...shape, deadlineMs: shape.deadlineMs + 10 }
    default:
      return shape
  }
}
