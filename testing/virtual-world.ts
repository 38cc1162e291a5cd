// The world in virtual time: the participants as they are in production, over the memory bus and
// tables in memory; sagas are moved by the engine, without an orchestrator around it.
import { noKeys } from '../messaging/cipher.ts'
import { decodeMessage, encodeMessage } from '../messaging/envelope.ts'
import { silentLog } from '../messaging/log.ts'
import type { Json, MessageId, SagaId } from '../messaging/message.ts'
import { repliesTopic } from '../messaging/topics.ts'
import { toMessage } from '../orchestrator/coordinator/command-message.ts'
import type { SagaDefinition } from '../orchestrator/definition/saga-definition.ts'
import { advance } from '../orchestrator/engine/advance.ts'
import type { SagaEvent } from '../orchestrator/engine/event.ts'
import { isEnded, type Saga } from '../orchestrator/engine/saga.ts'
import type { Participant } from '../participant/participant.ts'
import { testingError } from './errors.ts'
import { createMemoryBroker, type MemoryBus } from './memory-bus.ts'
import { MemoryStore, type OnQuery } from './memory-store.ts'
import type { SagaAtRest, SagaWorld } from './saga-world.ts'
import { VirtualClock } from './virtual-clock.ts'

export type VirtualOptions = {
  readonly participants: readonly Participant[]
  readonly onQuery?: OnQuery
  readonly limitMs: number
}

/** 2026-01-01, so that no test meets a time that was long ago. */
const epochMs = 1_767_225_600_000

/** Turns of the event loop without a sign of life, after which only time can go on. */
const quietTurns = 8

export async function openVirtualWorld(options: VirtualOptions): Promise<SagaWorld> {
  const world = new VirtualWorld(options)
  await world.start()
  return {
    run: (definition, input) => world.run(definition, input as Json),
    stop: () => world.stop(),
  }
}

type Running = { readonly definition: SagaDefinition; saga: Saga; wakeAt: number | null }

class VirtualWorld {
  readonly #options: VirtualOptions
  readonly #clock = new VirtualClock(epochMs)
  readonly #bus: MemoryBus
  readonly #stores: MemoryStore[] = []
  readonly #sagas = new Map<SagaId, Running>()
  #activity = 0

  constructor(options: VirtualOptions) {
    this.#options = options
    this.#bus = createMemoryBroker({ clock: this.#clock }).connect()
  }

  async start(): Promise<void> {
    const { participants, onQuery } = this.#options
    await this.#bus.start()
    const topics = new Set([repliesTopic, ...participants.flatMap(({ topics }) => topics)])
    const shape = { partitions: 1, replicationFactor: 1 }
    await this.#bus.ensureTopics([...topics].map((name) => ({ name, ...shape })))
    await this.#bus.subscribe({
      groupId: 'sagas',
      topics: [repliesTopic],
      batchRecordsMax: 1,
      handle: async (records) => {
        for (const record of records) await this.#heard(decodeMessage(record))
        return { settled: Promise.resolve() }
      },
    })
    for (const participant of participants) {
      const db = new MemoryStore(onQuery)
      this.#stores.push(db)
      await participant.start({ db, bus: this.#bus, log: silentLog, clock: this.#clock })
    }
  }

  async run(definition: SagaDefinition, input: Json): Promise<SagaAtRest> {
    const id = this.#clock.newId() as SagaId
    const event = { type: 'started', sagaId: id, input } as SagaEvent
    await this.#move(id, definition, event)
    const until = this.#clock.monotonicMs() + this.#options.limitMs
    for (;;) {
      await this.#untilQuiet()
      const running = this.#sagas.get(id) as Running
      if (isEnded(running.saga) || running.saga.status === 'stuck') return toRest(running.saga)
      if (this.#clock.monotonicMs() > until) throw this.#late(running.saga)
      await this.#goOn(id, running)
    }
  }

  /** Participants may be waiting for time, which has to go on until they have stopped. */
  async stop(): Promise<void> {
    let isStopped = false
    const parts = [...this.#options.participants, this.#bus]
    const stopped = Promise.all(parts.map((part) => part.stop())).finally(() => {
      isStopped = true
    })
    while (!isStopped) {
      await this.#untilQuiet()
      this.#clock.advance()
    }
    await stopped
  }

  /** To the saga's own timer, or to whatever else somebody waits for, if that comes first. */
  async #goOn(id: SagaId, { definition, wakeAt }: Running): Promise<void> {
    if (wakeAt === null) return this.#clock.advance()
    const reached = new AbortController()
    let isDue = false
    const due = this.#clock
      .wait(Math.max(0, wakeAt - this.#clock.monotonicMs()), reached.signal)
      .then(() => {
        isDue = !reached.signal.aborted
      })
    this.#clock.advance()
    await new Promise((resolve) => setImmediate(resolve))
    reached.abort()
    await due
    if (isDue) await this.#move(id, definition, { type: 'woken' })
  }

  async #heard(message: ReturnType<typeof decodeMessage>): Promise<void> {
    this.#activity += 1
    if ('problem' in message) return
    const { sagaId, causationId, outcome, attempt, data } = message
    const running = sagaId === undefined ? undefined : this.#sagas.get(sagaId)
    if (sagaId === undefined || running === undefined || outcome === undefined) return
    const commandId = causationId as MessageId
    const told = { outcome, attempt: attempt ?? 1, data: (data ?? null) as Json }
    await this.#move(sagaId, running.definition, { type: 'replied', commandId, ...told })
  }

  async #move(id: SagaId, definition: SagaDefinition, event: SagaEvent): Promise<void> {
    const before = this.#sagas.get(id)?.saga ?? null
    const result = advance(definition, before, event, this.#clock.monotonicMs())
    if (result.problem !== null) {
      // A reply that nobody waits for any more changes nothing, as in production.
      if (before === null) throw result.problem
      return
    }
    // As it would come back from its row.
    const saga = JSON.parse(JSON.stringify(result.saga)) as Saga
    this.#sagas.set(id, { definition, saga, wakeAt: result.wakeAt })
    const messages = result.commands.map((command) => toMessage(noKeys, command, null))
    await this.#bus.publish(messages.map(encodeMessage))
  }

  /** Until nothing happens for some turns: no statement, no reply. */
  async #untilQuiet(): Promise<void> {
    const count = () => this.#stores.reduce((sum, { activity }) => sum + activity, this.#activity)
    let [last, quiet] = [count(), 0]
    while (quiet < quietTurns) {
      await new Promise((resolve) => setImmediate(resolve))
      const now = count()
      quiet = now === last ? quiet + 1 : 0
      last = now
    }
  }

  #late({ id, status, steps }: Saga): Error {
    const pending = steps.filter(({ outcome, undo }) => outcome === 'pending' || undo === 'pending')
    const waits = pending.map(({ name }) => name).join(', ') || 'nothing pending'
    return testingError('WORLD_LIMIT', { id, limitMs: this.#options.limitMs, status, waits })
  }
}

function toRest({ id, status, output, failure, steps }: Saga): SagaAtRest {
  return {
    ...{ id, status, output },
    failure: failure && { step: failure.step ?? null, reason: failure.reason },
    steps: steps.map(({ name, visit, outcome, undo, attempts }) => ({
      ...{ name, visit, outcome, undo, attempts },
    })),
  }
}
