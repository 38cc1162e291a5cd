// A saga walked by hand in virtual time: for tests of a definition, without Kafka, Postgres or
// participants. It moves by the same function as in production.
import type { Json, MessageId, SagaId } from '../messaging/message.ts'
import type { SagaDefinition } from '../orchestrator/definition/saga-definition.ts'
import { advance } from '../orchestrator/engine/advance.ts'
import type { Fact, SagaEvent } from '../orchestrator/engine/event.ts'
import type { Saga, StepState } from '../orchestrator/engine/saga.ts'
import { orchestratorError } from '../orchestrator/errors.ts'
import type {
  SignalName,
  StepName,
  TestInput,
  TestOutput,
  TestRefusal,
  TestReply,
  TestSignal,
} from './saga-test-types.ts'

/** A command that the saga waits to be answered. */
export type AwaitedCommand<Step extends string = string> = {
  readonly step: Step
  readonly visit: number
  readonly direction: 'do' | 'undo'
  readonly command: string
  readonly payload: Json
  readonly attempt: number
}

type Where = {
  /** The last visit that is awaited, when left out. */
  readonly visit?: number
}

const sagaId = '00000000-0000-7000-8000-000000000001' as SagaId

/** Starts a saga at the given moment of virtual time (ms since the epoch; 0 when left out). What it
 * is told is typed by its definition. */
export function testSaga<D extends SagaDefinition>(
  definition: D,
  input: TestInput<D>,
  options: { readonly now?: number; readonly startAt?: number } = {},
): SagaTest<D> {
  return new SagaTest(definition, input, options)
}

/** What `testSaga` gives: how the saga stands, and what may happen to it. */
export class SagaTest<D extends SagaDefinition = SagaDefinition> {
  readonly #definition: SagaDefinition
  readonly #facts: Fact[] = []
  readonly #commands = new Map<string, AwaitedCommand>()
  #saga: Saga
  #now: number
  #wakeAt: number | null = null
  #ids = 0

  constructor(
    definition: D,
    input: TestInput<D>,
    options: { readonly now?: number; readonly startAt?: number },
  ) {
    this.#definition = definition
    this.#now = options.now ?? 0
    const { startAt } = options
    const event = {
      type: 'started',
      sagaId,
      input: input as Json,
      ...(startAt !== undefined && { startAt }),
    }
    this.#saga = this.#move(null, event as SagaEvent)
  }

  get status(): Saga['status'] {
    return this.#saga.status
  }

  /** XState's state value. */
  get state(): Json {
    return this.#saga.value
  }

  /** Null until the saga has completed. */
  get output(): TestOutput<D> | null {
    return this.#saga.output as TestOutput<D> | null
  }

  get failure(): Saga['failure'] {
    return this.#saga.failure
  }

  get stuck(): Saga['stuck'] {
    return this.#saga.stuck
  }

  /** Ms since the epoch, in virtual time. */
  get now(): number {
    return this.#now
  }

  /** Every visit of every step, in the order they were entered. */
  get steps(): readonly StepState[] {
    return this.#saga.steps
  }

  /** Everything that came to be, in order. */
  get facts(): readonly Fact[] {
    return this.#facts
  }

  /** What the saga waits to be answered, in the order of sending. */
  get awaited(): readonly AwaitedCommand<StepName<D>>[] {
    const awaited = [...this.#commands.values()].filter((command) => this.#isAwaited(command))
    return awaited as readonly AwaitedCommand<StepName<D>>[]
  }

  /** A participant did it, or undid it; `data` is the reply. @throws STEP_NOT_AWAITED. */
  succeed<N extends StepName<D>>(step: N, ...said: [...TestReply<D, N>, where?: Where]): void {
    const [data = null, where] = said as unknown as [data?: Json, where?: Where]
    this.#answer(step, 'succeeded', data, where)
  }

  /** A participant will not do it. @throws STEP_NOT_AWAITED. */
  refuse<N extends StepName<D>>(step: N, reason: TestRefusal<D, N>, where?: Where): void {
    this.#answer(step, 'refused', reason as Json, where)
  }

  /** A participant could not do it this time. @throws STEP_NOT_AWAITED. */
  fail(step: StepName<D>, error: Json = 'down', where?: Where): void {
    this.#answer(step, 'failed', error, where)
  }

  /** Answers what is awaited, and what follows, until nothing is: every undo among it. */
  succeedAll(): void {
    for (let next = this.awaited[0]; next !== undefined; next = this.awaited[0]) {
      this.#answer(next.step, 'succeeded', null, { visit: next.visit })
    }
  }

  /** @throws SIGNAL_UNKNOWN, SIGNAL_INVALID, SIGNAL_TOO_LATE. */
  signal<N extends SignalName<D>>(
    name: N,
    ...said: [...TestSignal<D, N>, actor?: string | null]
  ): void {
    const [data = null, actor = null] = said as unknown as [data?: Json, actor?: string | null]
    this.#apply({ type: 'signalled', id: `signal-${this.#ids++}`, name, data, actor })
  }

  /** A person's verb. @throws by the rule that refuses it. */
  operate(
    verb: 'retry' | 'abandon' | 'cancel' | 'terminate' | 'pause' | 'resume',
    by: { readonly actor: string; readonly reason: string } = { actor: 'tester', reason: 'test' },
  ): void {
    this.#apply({ type: 'operated', requestId: `request-${this.#ids++}`, verb, ...by })
  }

  /** A person goes past a parked step; `output` stands for its reply where its effect is there.
   * @throws by the rule that refuses it. */
  skip<N extends StepName<D>>(step: N, effect: 'done' | 'none', ...said: TestReply<D, N>): void {
    const [output = null] = said as [output?: Json]
    const by = { requestId: `request-${this.#ids++}`, actor: 'tester', reason: 'test' } as const
    this.#apply({ type: 'operated', verb: 'skip', step, effect, output, ...by })
  }

  /** The saga gets all of its semantic locks; nothing follows when it does not wait for them. */
  grantLocks(): void {
    this.#apply({ type: 'locked' })
  }

  /** Time goes on; everything that comes due on the way happens in its order. */
  passTime(ms: number): void {
    const until = this.#now + ms
    while (this.#wakeAt !== null && this.#wakeAt <= until) {
      this.#now = Math.max(this.#now, this.#wakeAt)
      this.#apply({ type: 'woken' })
    }
    this.#now = until
  }

  #answer(
    step: string,
    outcome: 'succeeded' | 'refused' | 'failed',
    data: Json,
    where: Where = {},
  ) {
    const command = this.awaited.findLast(
      (one) => one.step === step && (where.visit === undefined || one.visit === where.visit),
    )
    if (!command) throw orchestratorError('STEP_NOT_AWAITED', { step })
    const { direction, visit, attempt } = command
    const commandId = `${sagaId}/${step}/${direction}/${visit}` as MessageId
    this.#apply({ type: 'replied', commandId, outcome, attempt, data })
  }

  #apply(event: SagaEvent): void {
    this.#saga = this.#move(this.#saga, event)
  }

  #move(saga: Saga | null, event: SagaEvent): Saga {
    const result = advance(this.#definition, saga, event, this.#now)
    if (result.problem !== null) throw result.problem
    this.#facts.push(...result.facts)
    this.#wakeAt = result.wakeAt
    for (const { id, step, visit, direction, contract, payload, attempt } of result.commands) {
      this.#commands.delete(id)
      this.#commands.set(id, { step, visit, direction, command: contract.name, payload, attempt })
    }
    // As it would come back from its row.
    return JSON.parse(JSON.stringify(result.saga)) as Saga
  }

  #isAwaited({ step, visit, direction }: AwaitedCommand): boolean {
    const state = this.#saga.steps.find((one) => one.name === step && one.visit === visit)
    return direction === 'do' ? state?.outcome === 'pending' : state?.undo === 'pending'
  }
}
