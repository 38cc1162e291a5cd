// One saga on the engine in virtual time, with every promise of `advance` checked at each event.
import { isDeepStrictEqual } from 'node:util'
import { invariant } from '../../messaging/errors.ts'
import type { SagaId } from '../../messaging/message.ts'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import { advance } from '../../orchestrator/engine/advance.ts'
import type { Advance, CommandToSend, SagaEvent } from '../../orchestrator/engine/event.ts'
import { isEnded, type Parent, type Saga, type StepState } from '../../orchestrator/engine/saga.ts'
import { accepts } from '../../orchestrator/engine/statechart.ts'
import { FenceWorld } from './fence-world.ts'

export class SagaRun {
  readonly world: FenceWorld
  readonly recorded: { readonly event: SagaEvent; readonly now: number }[] = []
  readonly seen = new Set<string>()
  readonly definition: SagaDefinition
  now = 1_000_000
  saga: Saga
  wakeAt: number | null = null
  #isCommitted = false
  /** It completed with something left behind, which is undone before it has ended. */
  #isFinishing = false

  /** What the last event led to. */
  last: Advance | null = null

  /** `later` is in ms from its start. */
  constructor(
    definition: SagaDefinition,
    world = new FenceWorld(),
    { later, parent }: { readonly later?: number; readonly parent?: Parent } = {},
  ) {
    this.definition = definition
    this.world = world
    this.saga = this.#advance(null, {
      type: 'started',
      sagaId: 's1' as SagaId,
      input: { amount: 7 },
      ...(later !== undefined && { startAt: this.now + later }),
      ...(parent && { parent }),
    })
  }

  apply(event: SagaEvent): void {
    this.saga = this.#advance(this.saga, event)
  }

  /** The saga that the recorded events lead to when they are played again. */
  replayed(): Saga | null {
    let saga: Saga | null = null
    for (const { event, now } of this.recorded) {
      saga = throughJson(advance(this.definition, saga, event, now).saga)
    }
    return saga
  }

  #advance(before: Saga | null, event: SagaEvent): Saga {
    this.recorded.push({ event, now: this.now })
    const result = advance(this.definition, deepFreeze(before), deepFreeze(event), this.now)
    for (const { type } of result.facts) this.seen.add(type)
    this.seen.add(result.saga.status)
    checkState(result)
    this.#checkSignals(result.saga)
    if (before) checkStep(before, event, result)
    this.#isFinishing ||= result.saga.isFinishing
    for (const command of result.commands) this.#checkCommand(command, result)
    this.world.sent.push(...result.commands)
    this.wakeAt = result.wakeAt
    this.#checkCommitted(result)
    this.last = result
    const saga = throughJson(result.saga)
    invariant(isDeepStrictEqual(saga, result.saga), 'the saga is plain JSON')
    return saga
  }

  #checkCommand(command: CommandToSend, { saga }: Advance): void {
    const last = this.world.sent.findLast(({ id }) => id === command.id)
    if (last) {
      invariant(isDeepStrictEqual(last.payload, command.payload), `${command.id}: other payload`)
      invariant(last.contract === command.contract, `${command.id}: other contract`)
      invariant(last.issuedAt === command.issuedAt, `${command.id}: other time of issue`)
      invariant(last.attempt + 1 === command.attempt, `${command.id}: attempts count on`)
    } else invariant(command.attempt === 1, `${command.id}: attempts count from 1`)
    invariant(command.deadline > this.now, `${command.id}: its deadline is to come`)
    const isTurned = saga.failure !== null || this.#isFinishing || saga.isFinishing
    if (command.direction === 'undo') invariant(isTurned, 'an undo is for a saga that failed')
  }

  /** A signal is kept only until a state waits for it. */
  #checkSignals(saga: Saga): void {
    if (saga.status !== 'running') return
    for (const { name, data, actor } of saga.signals) {
      const isWaitedFor = accepts(this.definition.machine, saga, {
        type: 'signal',
        name,
        data,
        actor,
      })
      invariant(!isWaitedFor, `the signal ${name} is kept though it is waited for`)
    }
  }

  #checkCommitted({ saga, facts }: Advance): void {
    const kindOf = (name: string | undefined) => this.definition.steps.get(name ?? '')?.kind
    this.#isCommitted ||= facts.some(
      ({ type, step }) => type === 'step.succeeded' && kindOf(step) !== 'compensatable',
    )
    if (!this.#isCommitted) return
    invariant(saga.failure === null, 'nothing turns back after the pivot')
  }
}

function checkState({ saga, wakeAt, facts }: Advance): void {
  checkClocks(saga, wakeAt)
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
}

/** A step under way always has a clock, also beside one that is parked. */
function checkClocks(saga: Saga, wakeAt: number | null): void {
  const isAsleep = isEnded(saga) || saga.status === 'paused'
  const isWhole = saga.status !== 'stuck' || saga.stuck?.step !== null
  const times = [...saga.steps, ...(isWhole ? saga.timers : [])].flatMap(({ dueAt }) => dueAt ?? [])
  const isInTime = wakeAt !== null && times.every((time) => wakeAt <= time)
  const isRight = isAsleep || times.length === 0 ? !isAsleep || wakeAt === null : isInTime
  invariant(isRight, `a saga that is ${saga.status} wakes at ${wakeAt}`)
  const isLive = ({ outcome, undo }: StepState) => outcome === 'pending' || undo === 'pending'
  const lost = saga.steps.find((step) => isLive(step) && !step.isPaused && step.dueAt === null)
  invariant(lost === undefined, `nothing watches over ${lost?.name}`)
}

function checkStep(before: Saga, event: SagaEvent, result: Advance): void {
  const { saga, facts, commands } = result
  const grown = facts.length > 0 ? 1 : 0
  invariant(saga.revision === before.revision + grown, 'a revision for each event with facts')
  const uncounted = { revision: 0, sequence: 0 }
  const isSame = isDeepStrictEqual({ ...saga, ...uncounted }, { ...before, ...uncounted })
  checkNumbers(before, result)
  const isRecord = facts.every(({ type }) => type.startsWith('reply.'))
  invariant(isSame || !isRecord, 'nothing changes without a fact')
  invariant(commands.length === 0 || !isRecord, 'nothing is sent without a fact')
  const isOnlyFlagged = isDeepStrictEqual(
    { ...saga, ...uncounted, flags: [] },
    { ...before, ...uncounted, flags: [] },
  )
  const isStill = isOnlyFlagged && commands.length === 0
  if (isEnded(before)) invariant(isStill, 'an ended saga stays so, but for flags')
  const isAsleep = event.type === 'woken' && before.status === 'paused'
  invariant(!isAsleep || facts.length === 0, 'a paused saga does nothing by itself')
  const isParked = (step: StepState) => step.isPaused && step.dueAt === null
  const isHanded = before.steps.every(
    (step, index) => !isParked(step) || isDeepStrictEqual(step, saga.steps[index]),
  )
  const isLeft = saga.failure !== null || event.type !== 'woken' || isHanded
  invariant(isLeft, 'what is parked waits for a person')
}

/** Lifecycle events are numbered without a gap. */
function checkNumbers(before: Saga, { saga, facts }: Advance): void {
  const numbers = facts.flatMap(({ seq }) => seq ?? [])
  invariant(
    numbers.every((seq, index) => seq === before.sequence + index + 1),
    'no gap',
  )
  invariant(saga.sequence === before.sequence + numbers.length, 'the saga counts its events')
  invariant((facts.length === 0) === (numbers.length === 0), 'each entry is told by an event')
}

function throughJson(saga: Saga): Saga {
  return JSON.parse(JSON.stringify(saga)) as Saga
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze)
    Object.freeze(value)
  }
  return value
}
