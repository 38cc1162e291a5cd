// Whether each undo comes in its turn: backwards, in an order that branches side by side cannot
// change. The order is told from the shape and from what commands carry, not from the engine's.
import type { Advance, CommandToSend } from '../../orchestrator/engine/event.ts'
import type { SagaRun } from '../engine/saga-run.ts'
import { check } from './check.ts'
import type { ExploredSaga } from './make-saga.ts'
import type { Path } from './shape.ts'

type Undoing = Advance & { readonly run: SagaRun; readonly explored: ExploredSaga }

/** A check of the undos that an answer sends for the first time. */
export function undoCheck(of: { readonly saga: ExploredSaga }) {
  // What a completed statechart left behind is undone first, also where a parent then wants the rest.
  const tidied = new Set<string>()
  return (result: Advance, run: SagaRun): void => {
    const undoing = { ...result, run, explored: of.saga }
    for (const command of result.commands.filter(isFirstUndo)) {
      checkTurn(undoing, keyOf(command), tidied)
      if (result.saga.failure === null) tidied.add(keyOf(command))
    }
  }
}

function checkTurn(undoing: Undoing, key: string, tidied: ReadonlySet<string>): void {
  const { saga, run } = undoing
  const isBack = saga.failure !== null
  for (const earlier of new Set(run.world.sent.filter(isFirstUndo).map(keyOf))) {
    const isInTurn = comesAfter(undoing, earlier, key) || (isBack && tidied.has(earlier))
    check(isInTurn, `${earlier} is undone before ${key}`)
  }
  const left = saga.steps.find(({ name, visit, outcome, undo }) => {
    const mayBeDone = outcome === 'unknown' || (isBack && outcome === 'done')
    const isOther = `${name}/${visit}` !== key
    return isOther && mayBeDone && undo === 'none' && comesAfter(undoing, `${name}/${visit}`, key)
  })
  check(left === undefined, `${left?.name}/${left?.visit} is to be undone before ${key}`)
}

function comesAfter(undoing: Undoing, a: string, b: string): boolean {
  const { paths, parallel, loops } = undoing.explored
  const [nameA = '', nameB = ''] = [a, b].map((key) => key.slice(0, key.lastIndexOf('/')))
  const parted = partedAt(paths.get(nameA) ?? [], paths.get(nameB) ?? [])
  const isSideBySide = parted !== null && parallel.has(parted.path.join('.'))
  const isLooped = (loops.get(nameA) ?? Infinity) <= (parted?.path.length ?? 0)
  const isSameRound = !isLooped || roundOf(undoing, a) === roundOf(undoing, b)
  if (parted !== null && isSideBySide && isSameRound) return parted.difference > 0
  return enteredAt(undoing, a) > enteredAt(undoing, b)
}

function enteredAt({ saga }: Undoing, key: string): number {
  return saga.steps.findIndex(({ name, visit }) => `${name}/${visit}` === key)
}

/** What stands in a loop carries its round; the one that counts the rounds does by its visits. */
function roundOf({ run, commands }: Undoing, key: string): number {
  const command = [...run.world.sent, ...commands].find((one) => keyOf(one) === key)
  const { round, input } = (command?.payload ?? {}) as {
    readonly round?: number
    readonly input?: { readonly round?: number }
  }
  return round ?? input?.round ?? command?.visit ?? 0
}

/** Where two paths part, and which one goes behind the other there. */
function partedAt(a: Path, b: Path): { readonly path: Path; readonly difference: number } | null {
  const at = a.findIndex((place, index) => place !== b[index])
  if (at < 0) return null
  return { path: a.slice(0, at), difference: (a[at] ?? 0) - (b[at] ?? 0) }
}

const isFirstUndo = ({ direction, attempt }: CommandToSend) => direction === 'undo' && attempt === 1

const keyOf = ({ step, visit }: CommandToSend) => `${step}/${visit}`
