// Whether each undo comes in its turn: backwards, in an order that branches side by side cannot
// change. The order is told from the shape and from what commands carry, not from the engine's.
import type { Advance, CommandToSend } from '../../orchestrator/engine/event.ts'
import type { SagaRun } from '../engine/saga-run.ts'
import { check } from './check.ts'
import type { ExploredSaga } from './make-saga.ts'
import type { Path } from './shape.ts'

/** Of the undos that an answer sends for the first time. */
export function checkUndos(
  { saga, commands }: Advance,
  run: SagaRun,
  explored: ExploredSaga,
): void {
  for (const command of commands.filter(isFirstUndo)) {
    const key = keyOf(command)
    const { sent } = run.world
    for (const earlier of new Set(sent.filter(isFirstUndo).map(keyOf))) {
      check(comesAfter(earlier, key), `${earlier} is undone before ${key}`)
    }
    const left = saga.steps.find((step) => {
      const other = `${step.name}/${step.visit}`
      const mayBeDone =
        step.outcome === 'unknown' || (saga.failure !== null && step.outcome === 'done')
      return other !== key && mayBeDone && step.undo === 'none' && comesAfter(other, key)
    })
    check(left === undefined, `${left?.name}/${left?.visit} is undone before ${key}`)
  }

  function comesAfter(a: string, b: string): boolean {
    const [nameA = '', nameB = ''] = [a, b].map((key) => key.slice(0, key.lastIndexOf('/')))
    const parted = partedAt(explored.paths.get(nameA) ?? [], explored.paths.get(nameB) ?? [])
    const isSideBySide = parted !== null && explored.parallel.has(parted.path.join('.'))
    const isLooped = (explored.loops.get(nameA) ?? Infinity) <= (parted?.path.length ?? 0)
    const isSameRound = !isLooped || roundOf(a) === roundOf(b)
    if (parted !== null && isSideBySide && isSameRound) return parted.difference > 0
    return enteredAt(a) > enteredAt(b)
  }

  function enteredAt(key: string): number {
    return saga.steps.findIndex(({ name, visit }) => `${name}/${visit}` === key)
  }

  /** The one that counts the rounds says so by its visits. */
  function roundOf(key: string): number {
    const command = [...run.world.sent, ...commands].find((one) => keyOf(one) === key)
    const { round, input } = (command?.payload ?? {}) as {
      readonly round?: number
      readonly input?: { readonly round?: number }
    }
    return round ?? input?.round ?? command?.visit ?? 0
  }
}

/** Where two paths part, and which one goes behind the other there. */
function partedAt(a: Path, b: Path): { readonly path: Path; readonly difference: number } | null {
  const at = a.findIndex((place, index) => place !== b[index])
  if (at < 0) return null
  return { path: a.slice(0, at), difference: (a[at] ?? 0) - (b[at] ?? 0) }
}

const isFirstUndo = ({ direction, attempt }: CommandToSend) => direction === 'undo' && attempt === 1

const keyOf = ({ step, visit }: CommandToSend) => `${step}/${visit}`
