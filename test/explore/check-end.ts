// What must be true of a saga that has ended or stays stuck, of what was sent for it, and of its
// participants.
import type { CommandToSend } from '../../orchestrator/engine/event.ts'
import { isParked } from '../../orchestrator/engine/park.ts'
import { isEnded, type Saga, type StepState } from '../../orchestrator/engine/saga.ts'
import type { SagaRun } from '../engine/saga-run.ts'
import { check } from './check.ts'
import { brokenOnPurpose } from './fault.ts'
import type { Explored, Happens } from './happens.ts'

/** Throws with the first promise that is broken. */
export function checkEnd({ run, shape }: Explored, happens: Happens): void {
  const { world } = run
  // Whatever is still in the network arrives in the end, but for what still goes wrong.
  const parked = new Set(run.saga.steps.filter(isParked).map(nameVisit))
  const arriving = world.sent.filter((command) => !parked.has(keyOf(command)))
  for (const command of arriving) happens.handle(command, 'succeeded')
  checkLate(run)
  const { saga } = run
  if (shape.isChild) checkAnswers(run)
  if (saga.status === 'abandoned' || saga.status === 'terminated') checkLeft(run)
  if (saga.status === 'terminated') return
  const isList = shape.body.type === 'list'
  for (const step of saga.steps) checkStep(run, step, isList)
  checkUndone(run)
  if (saga.status === 'abandoned') return
  const isFlaggedWell = saga.flags.every(({ reason }) => reason !== null)
  check(isFlaggedWell, 'each flag says why')
  if (saga.status === 'stuck') checkStuck(run)
  else {
    const isTurned = saga.failure !== null
    check(isTurned === (saga.status === 'compensated'), 'it is compensated if it turned back')
  }
}

/** What took effect though nothing undoes it is flagged, once its late success is heard. */
function checkLate(run: SagaRun): void {
  const parked = new Set(run.saga.steps.filter(isParked).map(nameVisit))
  const heard = new Map(
    run.world.replies.map((reply) => [`${reply.commandId} ${reply.outcome}` as string, reply]),
  )
  for (const reply of heard.values()) {
    const [, step = '', , visit] = reply.commandId.split('/')
    if (!parked.has(`${step}/${visit}`)) run.apply(reply)
  }
  const { saga } = run
  for (const { name, visit, outcome, undo } of saga.steps) {
    const isHeard = heard.has(`${saga.id}/${name}/do/${visit} succeeded`)
    const isGivenUp = outcome === 'skipped' || (outcome === 'unknown' && undo === 'none')
    const isFlagged = saga.flags.some((one) => one.step === name && one.visit === visit)
    if (isHeard && isGivenUp && isEnded(saga)) {
      check(isFlagged, `${name}/${visit} took effect after all: flagged`)
    }
  }
}

/** What a person's end left done though it was to be undone is flagged. */
function checkLeft({ saga, world }: SagaRun): void {
  for (const step of saga.steps) {
    const { name, visit, outcome, undo } = step
    const isOpen = outcome === 'unknown' || (saga.failure !== null && outcome === 'done')
    const isThere = isOpen && undo !== 'done' && world.fence.get(nameVisit(step)) === 'done'
    const isFlagged = saga.flags.some((one) => one.step === name && one.visit === visit)
    check(isFlagged || !isThere, `${name}/${visit} stays, ${outcome}, undo ${undo}: flagged`)
  }
}

/** What the saga says of a step is what its participant did, unless a person's word went before. */
function checkStep(
  { saga, world, recorded, definition }: SagaRun,
  step: StepState,
  isList: boolean,
) {
  const { name, visit, outcome, undo } = step
  const state = world.fence.get(`${name}/${visit}`)
  const isTold = recorded.some(
    ({ event }) => event.type === 'operated' && event.verb === 'skip' && event.step === name,
  )
  const where = `${name}/${visit}, ${outcome}, undo ${undo}, fence ${state}`
  const isOpen = outcome === 'pending' || undo === 'pending'
  if (isOpen) check(isParked(step) && saga.status === 'stuck', `${where}: nothing is pending`)
  const isPivot = definition.steps.get(name)?.kind === 'pivot'
  const isLeftOut = isPivot && outcome === 'skipped' && isList
  if (isLeftOut) check(saga.status !== 'completed', `${where}: nothing goes on without its pivot`)
  if (isTold || saga.status === 'abandoned' || isParked(step)) return
  if (outcome === 'done' && undo === 'none') check(state === 'done', `${where}: done is done`)
  if (outcome === 'refused') check(state !== 'done', `${where}: refused is not done`)
  if (undo === 'done') check(state !== 'done', `${where}: undone is undone`)
  const isOver = saga.status !== 'stuck'
  if (outcome === 'unknown' && isOver) check(undo !== 'none', `${where}: unknown is undone as well`)
}

/** Exactly what was or may have been done, and only where the saga turned back or left it. */
function checkUndone({ saga, world }: SagaRun): void {
  const sent = new Set(world.sent.filter(({ direction }) => direction === 'undo').map(keyOf))
  for (const step of saga.steps) {
    const mayBeDone =
      step.outcome === 'unknown' || (saga.failure !== null && step.outcome === 'done')
    const where = `${step.name}/${step.visit}, ${step.outcome}`
    if (sent.has(nameVisit(step))) check(mayBeDone, `${where}: its undo was sent`)
    else if (saga.status === 'compensated') check(!mayBeDone, `${where}: no undo was sent`)
  }
}

/** The reason names the step, and what came of its last sending; or what the definition did. */
function checkStuck(run: SagaRun): void {
  const { saga, definition } = run
  const { stuck } = saga
  check(stuck !== null, 'a stuck saga says why')
  const { step: name, visit, direction, reason } = stuck
  const cause = causeOf(reason)
  run.seen.add(`stuck in the end: ${name === null ? 'no step' : direction} ${cause}`)
  if (cause === 'definition') {
    const isKnown = /broken on purpose|after its point of no return/.test(JSON.stringify(reason))
    check(isKnown, `the definition did not fail by ${brokenOnPurpose}: ${JSON.stringify(reason)}`)
  }
  if (name === null) {
    check(cause === 'definition', `only a definition is stuck without a step, not by ${cause}`)
    return
  }
  const step = saga.steps.find((one) => one.name === name && one.visit === visit)
  check(step !== undefined && isParked(step), `${name}/${visit} is where it is parked`)
  const where = `stuck in ${name}/${visit} ${direction} by ${cause}`
  check((step.undo === 'pending') === (direction === 'undo'), `${where}: that is the direction`)
  if (cause === 'definition') return
  const isBack = direction === 'undo'
  const isOnward = definition.steps.get(name)?.kind !== 'compensatable'
  check(isBack || isOnward || isPastReturn(run, step), `${where}: it could have turned back`)
  const wasSaid = run.recorded.some(
    ({ event }) =>
      event.type === 'replied' &&
      event.commandId === `${saga.id}/${name}/${direction}/${visit}` &&
      event.outcome === cause,
  )
  if (cause === 'refused' || cause === 'failed') check(wasSaid, `${where}: it was answered so`)
  if (cause === 'refused') return
  const isLate = step.deadlineAt !== undefined && step.deadlineAt <= run.now
  check(step.attempts >= step.attemptsMax || isLate, `${where}: all was tried`)
}

function causeOf(reason: Saga['context']): string {
  if (typeof reason === 'string') return reason
  const { code } = Object(reason) as { readonly code?: string }
  return code === 'SAGA_DEFINITION_FAILED' ? 'definition' : JSON.stringify(reason)
}

function isPastReturn({ saga, definition }: SagaRun, step: StepState): boolean {
  return saga.steps.some(
    (other) => other !== step && definition.steps.get(other.name)?.kind !== 'compensatable',
  )
}

/** A child tells its parent how it ended; and whether it was taken back, once it was to be. */
function checkAnswers({ saga, answers, recorded }: SagaRun): void {
  if (!isEnded(saga)) return
  const isRevoked = recorded.some(({ event }) => event.type === 'revoked')
  const [toDo, toUndo] = (['do', 'undo'] as const).map((direction) =>
    answers.filter((answer) => answer.direction === direction),
  )
  // Asked past its point of no return it refuses; then it ends as one that was never taken back, also
  // when its pivot is refused later. Whoever asks once more is answered as it ended.
  const isTaken = isRevoked && (saga.undoCommandId !== null || saga.status !== 'compensated')
  const last = isTaken ? toUndo?.at(-1) : toDo?.at(-1)
  check(last !== undefined, 'a child answers its parent')
  check(!isRevoked || (toUndo?.length ?? 0) > 0, 'a child answers who takes it back')
  const isDone = saga.status === (isTaken ? 'compensated' : 'completed')
  check((last.outcome === 'succeeded') === isDone, `a ${saga.status} child says ${last.outcome}`)
  check((toDo?.length ?? 0) <= 1, 'the end of a child is told once')
}

const nameVisit = ({ name, visit }: StepState) => `${name}/${visit}`

const keyOf = ({ step, visit }: CommandToSend) => `${step}/${visit}`
