// One saga on the engine in virtual time, with every promise of `advance` checked at each event.
import { isDeepStrictEqual } from 'node:util'
import { invariant } from '../../messaging/errors.ts'
import type { SagaId } from '../../messaging/message.ts'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import { advance } from '../../orchestrator/engine/advance.ts'
import type { Advance, Fact, ReplyToSend, SagaEvent } from '../../orchestrator/engine/event.ts'
import type { Parent, Saga } from '../../orchestrator/engine/saga.ts'
import {
  checkChange,
  checkCommand,
  checkSignals,
  checkState,
  checkTimers,
  checkWaits,
} from './check-advance.ts'
import { FenceWorld } from './fence-world.ts'

/** Whether the functions of the definition throw. */
type Switch = { isOn: boolean }

export type Recorded = {
  readonly event: SagaEvent
  readonly now: number
  readonly definition: SagaDefinition
  readonly isBroken: boolean
}

export type RunOptions = {
  /** In ms from the start of the run. */
  readonly later?: number
  readonly parent?: Parent
  readonly fault?: Switch
  /** Another engine in the place of the real one. */
  readonly advance?: typeof advance
  /** Where to record what happens. */
  readonly recorded?: Recorded[]
  /** Further checks of each answer, before its commands count as sent. */
  readonly onAdvance?: (result: Advance, run: SagaRun) => void
}

/** Each answer once more, the saga through JSON from one to the next. */
export function* replay(
  recorded: readonly Recorded[],
  { fault, advance: advanceBy = advance }: RunOptions,
): Generator<Advance & Recorded> {
  let saga: Saga | null = null
  for (const entry of recorded) {
    if (fault) fault.isOn = entry.isBroken
    const result = advanceBy(entry.definition, saga, entry.event, entry.now)
    saga = throughJson(result.saga)
    yield { ...result, ...entry }
  }
}

export class SagaRun {
  readonly world: FenceWorld
  readonly recorded: Recorded[]
  readonly seen = new Set<string>()
  /** What it answered as a child. */
  readonly answers: ReplyToSend[] = []
  definition: SagaDefinition
  now = 1_000_000
  saga: Saga
  wakeAt: number | null = null
  /** What the last event led to. */
  last: Advance | null = null
  readonly #options: RunOptions
  readonly #fault: Switch
  readonly #advanceBy: typeof advance
  #isCommitted = false

  /** `given` is when it starts, in ms from now, or more. */
  constructor(
    definition: SagaDefinition,
    world = new FenceWorld(),
    given: number | RunOptions = {},
  ) {
    this.definition = definition
    this.world = world
    this.#options = typeof given === 'number' ? { later: given } : given
    this.recorded = this.#options.recorded ?? []
    this.#fault = this.#options.fault ?? { isOn: false }
    this.#advanceBy = this.#options.advance ?? advance
    const { later, parent } = this.#options
    const started: SagaEvent = {
      type: 'started',
      sagaId: 's1' as SagaId,
      input: { amount: 7 },
      ...(later !== undefined && { startAt: this.now + later }),
      ...(parent && { parent }),
    }
    this.saga = this.#advance(null, started)
  }

  apply(event: SagaEvent): void {
    this.saga = this.#advance(this.saga, event)
  }

  /** The saga that the recorded events lead to when they are played again, through JSON. */
  replayed(): Saga | null {
    let saga: Saga | null = null
    for (const result of replay(this.recorded, this.#options)) saga = throughJson(result.saga)
    return saga
  }

  #advance(before: Saga | null, event: SagaEvent): Saga {
    const { definition, now } = this
    this.recorded.push({ event, now, definition, isBroken: this.#fault.isOn })
    const result = this.#advanceBy(definition, before, freezePlain(event), now)
    freezePlain(result.saga)
    for (const { type } of result.facts) this.seen.add(type)
    this.seen.add(result.saga.status)
    checkState(result)
    checkWaits(definition, result)
    if (!this.#fault.isOn) checkSignals(definition, result.saga)
    checkTimers(definition, before, result.saga)
    if (before) checkChange(before, event, result)
    const { sent } = this.world
    this.#options.onAdvance?.(result, this)
    for (const command of result.commands) {
      checkCommand(command, result, { before, sent, now })
      sent.push(command)
    }
    this.answers.push(...result.replies)
    this.wakeAt = result.wakeAt
    this.#checkCommitted(result)
    this.last = result
    return result.saga
  }

  #checkCommitted({ saga, facts, commands }: Advance): void {
    this.#isCommitted ||= facts.some((fact) => this.#isPointOfNoReturn(fact))
    if (!this.#isCommitted) return
    invariant(saga.failure === null, 'nothing turns back after the pivot')
    for (const { id, step, visit, direction } of commands) {
      const state = saga.steps.find((one) => one.name === step && one.visit === visit)
      const isLeft = direction === 'do' || state?.outcome === 'unknown'
      invariant(isLeft, `${id}: nothing before a committed pivot is undone`)
    }
  }

  #isPointOfNoReturn({ type, step, detail }: Fact): boolean {
    if (this.definition.steps.get(step ?? '')?.kind === 'compensatable') return false
    const isSaidDone = isDeepStrictEqual(Object(detail).effect, 'done')
    return type === 'step.succeeded' || (type === 'step.skipped' && isSaidDone)
  }
}

function throughJson(saga: Saga): Saga {
  return JSON.parse(JSON.stringify(saga)) as Saga
}

/** What is kept must be the same once it was written as JSON. What is frozen was seen before. */
function freezePlain<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    if (Object.isFrozen(value)) return value
    const prototype = Object.getPrototypeOf(value)
    const isPlain = prototype === Object.prototype || Array.isArray(value)
    invariant(isPlain, 'the saga is plain JSON')
    Object.freeze(value)
    Object.values(value).forEach(freezePlain)
  } else {
    const isPlain = typeof value === 'number' ? Number.isFinite(value) : isJsonLeaf(value)
    invariant(isPlain, `the saga is plain JSON, not ${String(value)}`)
  }
  return value
}

function isJsonLeaf(value: unknown): boolean {
  return value === null || typeof value === 'string' || typeof value === 'boolean'
}
