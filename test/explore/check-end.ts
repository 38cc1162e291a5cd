// What must be true of a saga that has ended, of what was sent for it, and of its participants.
import type { CommandToSend } from '../../orchestrator/engine/event.ts'
import type { StepState } from '../../orchestrator/engine/saga.ts'
import type { SagaRun } from '../engine/saga-run.ts'
import type { ExploredSaga, Path } from './shape.ts'

/** Throws with the first promise that is broken. */
export function checkEnd(run: SagaRun, explored: ExploredSaga): void {
  const { world } = run
  // Whatever is still in the network arrives in the end.
  for (const command of [...world.sent]) world.handle(command, 'succeeded')
  checkLate(run)
  const { saga } = run
  if (saga.status === 'terminated') return
  for (const step of saga.steps) checkStep(run, step)
  checkUndone(run)
  checkOrder(run, explored)
  if (saga.status === 'abandoned') return
  check(
    saga.flags.every(({ reason }) => reason !== null),
    'each flag says why',
  )
  const isTurned = saga.failure !== null
  check(isTurned === (saga.status === 'compensated'), 'it is compensated if it turned back')
}

/** What took effect though nothing undoes it is flagged, once its late success is heard. */
function checkLate(run: SagaRun): void {
  for (const reply of [...run.world.replies]) run.apply(reply)
  const { saga, world } = run
  for (const { name, visit, outcome, undo } of saga.steps) {
    const isHeard = world.replies.some(
      (reply) =>
        reply.commandId === `${saga.id}/${name}/do/${visit}` && reply.outcome === 'succeeded',
    )
    const isGivenUp = outcome === 'skipped' || (outcome === 'unknown' && undo === 'none')
    const isFlagged = saga.flags.some((one) => one.step === name && one.visit === visit)
    if (isHeard && isGivenUp) check(isFlagged, `${name}/${visit} took effect after all: flagged`)
  }
}

function check(isTrue: boolean, promise: string): void {
  if (!isTrue) throw new Error(`broken: ${promise}`)
}

/** What the saga says of a step is what its participant did, unless a person's word went before. */
function checkStep({ saga, world, recorded, definition }: SagaRun, step: StepState): void {
  const { name, visit, outcome, undo } = step
  const state = world.fence.get(`${name}/${visit}`)
  const isTold = recorded.some(
    ({ event }) => event.type === 'operated' && event.verb === 'skip' && event.step === name,
  )
  const where = `${name}/${visit}, ${outcome}, undo ${undo}, fence ${state}`
  if (outcome === 'pending' || undo === 'pending') check(false, `${where}: nothing is pending`)
  const isPivot = definition.steps.get(name)?.kind === 'pivot'
  const isLeftOut = isPivot && outcome === 'skipped'
  if (isLeftOut) check(saga.status !== 'completed', `${where}: nothing goes on without its pivot`)
  if (isTold || saga.status === 'abandoned') return
  if (outcome === 'done' && undo === 'none') check(state === 'done', `${where}: done is done`)
  if (outcome === 'refused') check(state !== 'done', `${where}: refused is not done`)
  if (undo === 'done') check(state !== 'done', `${where}: undone is undone`)
  if (outcome === 'unknown') check(undo !== 'none', `${where}: unknown is undone as well`)
}

/** Exactly what was or may have been done, and only where the saga turned back or left it. */
function checkUndone({ saga, world }: SagaRun): void {
  const sent = new Set(world.sent.filter(isUndo).map(keyOf))
  for (const step of saga.steps) {
    const mayBeDone =
      step.outcome === 'unknown' || (saga.failure !== null && step.outcome === 'done')
    const where = `${step.name}/${step.visit}, ${step.outcome}`
    if (sent.has(`${step.name}/${step.visit}`)) check(mayBeDone, `${where}: its undo was sent`)
    else if (saga.status === 'compensated') check(!mayBeDone, `${where}: no undo was sent`)
  }
}

/** Backwards, in an order that branches side by side cannot change. */
function checkOrder({ saga, world }: SagaRun, explored: ExploredSaga): void {
  if (saga.failure === null) return
  const undone = [...new Set(world.sent.filter(isUndo).map(keyOf))]
  const entered = saga.steps.map(({ name, visit }) => `${name}/${visit}`)
  undone.forEach((later, index) => {
    for (const earlier of undone.slice(0, index)) {
      const isRight = comesAfter(earlier, later)
      check(isRight, `${earlier} is undone before ${later}`)
    }
  })

  function comesAfter(a: string, b: string): boolean {
    const [nameA = '', visitA] = a.split('/')
    const [nameB = '', visitB] = b.split('/')
    const parted = partedAt(explored.paths.get(nameA) ?? [], explored.paths.get(nameB) ?? [])
    const isSideBySide = parted !== null && explored.parallel.has(parted.path.join('.'))
    // In a loop around the branches, visits count the rounds.
    const isLooped = (explored.loops.get(nameA) ?? Infinity) <= (parted?.path.length ?? 0)
    const isSameRound = !isLooped || visitA === visitB
    if (parted !== null && isSideBySide && isSameRound) return parted.difference > 0
    return entered.indexOf(a) > entered.indexOf(b)
  }
}

/** Where two paths part, and which one goes behind the other there. */
function partedAt(a: Path, b: Path): { readonly path: Path; readonly difference: number } | null {
  const at = a.findIndex((place, index) => place !== b[index])
  if (at < 0) return null
  return { path: a.slice(0, at), difference: (a[at] ?? 0) - (b[at] ?? 0) }
}

const isUndo = ({ direction }: CommandToSend) => direction === 'undo'

const keyOf = ({ step, visit }: CommandToSend) => `${step}/${visit}`
