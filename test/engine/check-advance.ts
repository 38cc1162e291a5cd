// What must hold of every single answer of `advance`, whatever the saga: numbers without a gap, a
// clock or a person for everything that is open, and undos only for what may have been done.
import { isDeepStrictEqual } from 'node:util'
import { invariant } from '../../messaging/errors.ts'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import type { Advance, CommandToSend, SagaEvent } from '../../orchestrator/engine/event.ts'
import { isParked } from '../../orchestrator/engine/park.ts'
import { isEnded, type Saga, type StepState } from '../../orchestrator/engine/saga.ts'
import { accepts, activeNodes } from '../../orchestrator/engine/statechart.ts'
import { waitsFor } from '../../orchestrator/engine/waits-for.ts'

export function checkState({ saga, facts }: Advance): void {
  const isStuck = saga.status === 'stuck' || saga.pause?.was === 'stuck'
  invariant((saga.stuck !== null) === isStuck, 'a stuck saga says where')
  invariant(saga.stuck === null || saga.stuck.reason !== null, 'a stuck saga says why')
  const isOverdone = saga.steps.some(({ attempts, attemptsMax }) => attempts > attemptsMax)
  invariant(!isOverdone, 'no more attempts than are allowed')
  const types = facts.map(({ type }) => type)
  const isReported = types.includes('saga.compensating') || types.includes('saga.flagged')
  invariant(!types.includes('saga.overdue') || isReported, 'a saga that is overdue turns back')
  const undos = saga.steps.filter(({ undo }) => undo === 'pending')
  invariant(undos.length <= 1, 'one undo at a time')
  const bug = facts.find(({ detail }) => JSON.stringify(detail)?.includes('INVARIANT_BROKEN'))
  invariant(bug === undefined, `the engine broke a rule of its own: ${JSON.stringify(bug)}`)
}

/** What has not ended waits for an answer, a moment, a signal or a person. */
export function checkWaits(definition: SagaDefinition, { saga, wakeAt }: Advance): void {
  const { status, steps, timers, startDueAt, deadlineAt } = saga
  if (isEnded(saga) || status === 'paused') {
    invariant(wakeAt === null, `a saga that is ${status} sleeps`)
    invariant(isEnded(saga) || saga.pause !== null, 'a paused saga says who holds it')
    return
  }
  const isBefore = status === 'scheduled' || status === 'waiting'
  if (isBefore) invariant(wakeAt !== null && wakeAt === startDueAt, `it is ${status} for ever`)
  const underWay = steps.filter((step) => isPending(step) && !isParked(step))
  const clocks = [...underWay, ...timers, { dueAt: startDueAt }, { dueAt: deadlineAt }]
  const moments = clocks.flatMap(({ dueAt }) => dueAt ?? [])
  invariant(
    underWay.every(({ dueAt }) => dueAt !== null),
    'what is under way has a clock',
  )
  if (status === 'stuck') {
    const beside = saga.stuck?.step === null ? underWay : [...underWay, ...timers]
    const first = Math.min(...beside.map(({ dueAt }) => dueAt ?? Infinity))
    invariant((wakeAt ?? Infinity) <= first, 'what is under way beside a parked step has a clock')
    invariant(steps.some(isParked) || saga.stuck?.step === null, 'a stuck saga waits for a person')
    return
  }
  invariant(wakeAt === (moments.length > 0 ? Math.min(...moments) : null), `it wakes at ${wakeAt}`)
  const isChild = ({ name }: StepState) => definition.steps.get(name)?.child !== null
  const isLeft =
    saga.failure === null || !underWay.some((one) => one.undo === 'none' && isChild(one))
  invariant(isLeft, 'a saga that turns back does not wait for a child, but takes it back')
  if (isBefore || underWay.length + timers.length > 0) return
  invariant(waitsFor(definition, saga).length > 0, `it is ${status} and waits for nothing`)
}

const isPending = ({ outcome, undo }: StepState) => outcome === 'pending' || undo === 'pending'

/** A timer is gone with its state. */
export function checkTimers({ machine }: SagaDefinition, before: Saga | null, saga: Saga): void {
  if (saga.timers.length === 0 || saga.value === before?.value) return
  const nodes = activeNodes(machine, saga)
  const left = saga.timers.find(
    ({ event }) => !nodes.some(({ transitions }) => transitions.has(event)),
  )
  invariant(left === undefined, `the timer ${left?.id} is kept though its state was left`)
}

/** A signal is kept only until a state waits for it. */
export function checkSignals({ machine }: SagaDefinition, saga: Saga): void {
  if (saga.status !== 'running') return
  for (const { name, data, actor } of saga.signals) {
    const isWaitedFor = accepts(machine, saga, { type: 'signal', name, data, actor })
    invariant(!isWaitedFor, `the signal ${name} is kept though it is waited for`)
  }
}

export function checkChange(before: Saga, event: SagaEvent, result: Advance): void {
  const { saga, facts, commands } = result
  const grown = facts.length > 0 ? 1 : 0
  invariant(saga.revision === before.revision + grown, 'a revision for each event with facts')
  checkNumbers(before, result)
  const isRecord = facts.every(({ type }) => type.startsWith('reply.'))
  invariant(!isRecord || isSame(saga, before), 'nothing changes without a fact')
  invariant(commands.length === 0 || !isRecord, 'nothing is sent without a fact')
  // Only its parent has an ended saga do something more.
  if (isEnded(before) && event.type !== 'revoked') {
    const isStill = isSame({ ...saga, flags: [] }, { ...before, flags: [] })
    invariant(isStill && commands.length === 0, 'an ended saga stays so, but for flags')
  }
  if (event.type === 'woken') checkAsleep(before, result)
  if (event.type === 'operated' && event.verb === 'resume') {
    // What was said before is not done again, whoever has paused it since.
    const wasTaken = before.taken.includes(`operator ${event.requestId}`)
    if (!wasTaken) checkResumed(before, result)
  }
}

/** Something comes of each answer that came meanwhile. */
function checkResumed({ held }: Saga, { facts, problem }: Advance): void {
  const replies = held.filter(({ type }) => type === 'replied').length
  const came = facts.filter(({ type }) => type !== 'saga.resumed' && type !== 'command.sent')
  invariant(problem !== null || came.length >= replies, 'what came during a pause is taken up')
}

/** Time alone moves no paused saga, and sends no step again that waits for a person. */
function checkAsleep(before: Saga, { facts, commands }: Advance): void {
  if (before.status === 'paused') invariant(facts.length === 0, 'a paused saga does nothing')
  const parked = before.steps.filter(isParked)
  const directionOf = ({ undo }: StepState) => (undo === 'pending' ? 'undo' : 'do')
  const again = commands.find(({ step, visit, direction }) =>
    parked.some(
      (one) => one.name === step && one.visit === visit && directionOf(one) === direction,
    ),
  )
  invariant(again === undefined, 'a parked step waits for a person')
}

function isSame(saga: Saga, before: Saga): boolean {
  if (saga === before) return true
  const uncounted = { revision: 0, sequence: 0 }
  return isDeepStrictEqual({ ...saga, ...uncounted }, { ...before, ...uncounted })
}

/** Lifecycle events are numbered without a gap. */
function checkNumbers(before: Saga, { saga, facts }: Advance): void {
  const numbers = facts.flatMap(({ seq }) => seq ?? [])
  const isWhole = numbers.every((seq, index) => seq === before.sequence + index + 1)
  invariant(isWhole, 'no gap')
  invariant(saga.sequence === before.sequence + numbers.length, 'the saga counts its events')
  invariant((facts.length === 0) === (numbers.length === 0), 'each entry is told by an event')
}

type Until = {
  readonly before: Saga | null
  readonly sent: readonly CommandToSend[]
  readonly now: number
}

/** Of a command against what was before it. */
export function checkCommand(
  command: CommandToSend,
  { saga }: Advance,
  { before, sent, now }: Until,
): void {
  const { id, step, visit, direction } = command
  const last = sent.findLast((other) => other.id === id)
  if (last) {
    invariant(isDeepStrictEqual(last.payload, command.payload), `${id}: other payload`)
    invariant(last.contract.name === command.contract.name, `${id}: other contract`)
    invariant(last.issuedAt === command.issuedAt, `${id}: other time of issue`)
    invariant(last.attempt + 1 === command.attempt, `${id}: attempts count on`)
  } else invariant(command.attempt === 1, `${id}: attempts count from 1`)
  invariant(command.deadline > now, `${id}: its deadline is to come`)
  if (direction === 'do') {
    const wasBack = before !== null && (before.failure !== null || before.isFinishing)
    invariant(!wasBack, `${id}: nothing is begun or sent again once the saga turned back`)
    return
  }
  const isBack = saga.failure !== null || saga.isFinishing
  invariant(isBack, `${id}: an undo is for a saga that failed`)
  const wasDone = sent.some(
    (other) => other.step === step && other.visit === visit && other.direction === 'do',
  )
  invariant(wasDone, `${id}: what is undone was sent before`)
  const isSettled = saga.steps.every(({ outcome }) => outcome !== 'pending')
  invariant(isSettled, `${id}: nothing is undone while something is still under way`)
}
