// A simulated process: an orchestrator or a service, with a clock, a pool and a client of the broker
// of its own. It can be killed between any two steps, and started again as a new one.

import type { Bus } from '../../../messaging/bus.ts'
import { noKeys } from '../../../messaging/cipher.ts'
import type { Clock } from '../../../messaging/clock.ts'
import type { Db } from '../../../messaging/db.ts'
import type { Log } from '../../../messaging/log.ts'
import { Coordinator } from '../../../orchestrator/coordinator/coordinator.ts'
import { createRegistry, type Registry } from '../../../orchestrator/definition/registry.ts'
import { createRowCipher } from '../../../orchestrator/store/row-cipher.ts'
import { SubjectRing } from '../../../orchestrator/store/subject-ring.ts'
import { createParticipant, type Handler } from '../../../participant/index.ts'
import { Owner } from '../owner.ts'
import { Random } from '../random.ts'
import { createSimClock } from '../sim-clock.ts'
import { flaky } from './flaky-handlers.ts'
import type { SimGiven } from './sim-given.ts'

export type ProcessKind =
  | { readonly type: 'orchestrator'; readonly definitions: () => Registry }
  | {
      readonly type: 'service'
      readonly service: string
      readonly handlers: (clock: Clock) => readonly Handler[]
      readonly undos: ReadonlySet<string>
    }

type Parts = {
  readonly owner: Owner
  readonly clock: Clock
  readonly db: Db
  readonly bus: Bus
  readonly log: Log
  readonly random: Random
}

/** Before a start that failed is tried again: what a supervisor does. */
const startAgainMs = 500
const batchRecordsMax = 500

export class SimProcess {
  readonly name: string
  readonly kind: ProcessKind
  readonly #given: SimGiven
  /** Null while it is starting or dead. */
  coordinator: Coordinator | null = null
  /** Of the last start. */
  registry: Registry | null = null
  owner: Owner
  #incarnation = 0
  #stop: (() => Promise<void>) | null = null
  #onDeath = new Set<() => void>()

  constructor(given: SimGiven, name: string, kind: ProcessKind) {
    this.#given = given
    this.name = name
    this.kind = kind
    this.owner = new Owner(name)
    this.owner.isDead = true
  }

  get isDead(): boolean {
    return this.owner.isDead
  }

  start(): void {
    this.#incarnation += 1
    const name = `${this.name}.${this.#incarnation}`
    const owner = new Owner(name)
    this.owner = owner
    this.#given.owners.set(name, owner)
    this.#given.story.tell(name, 'starts')
    const parts = this.#open(owner)
    void this.#run(parts).catch((error: unknown) => {
      parts.log.error('start.failed', { error })
      this.kill(startAgainMs)
    })
  }

  /** As kill -9. Starts again after the time. */
  kill(downMs: number): void {
    if (this.owner.isDead) return
    const { scheduler, server, broker, story, random } = this.#given
    story.tell(this.owner.name, `is killed, and back in ${downMs.toFixed(0)} ms`)
    this.owner.isDead = true
    this.coordinator = null
    this.#stop = null
    server.kill(this.owner.name, { sent: random.chance(0.5) ? 'kept' : 'lost' })
    broker.forget(this.owner)
    const heard = this.#onDeath
    this.#onDeath = new Set()
    for (const hear of heard) hear()
    scheduler.after(broker.network.broker, downMs, `start ${this.name}`, () => this.start())
  }

  /** In an orderly way, then started again. */
  restart(): void {
    const stop = this.#stop
    const { owner } = this
    if (stop === null) return
    this.#stop = null
    this.coordinator = null
    this.#given.story.tell(owner.name, 'stops')
    void stop().then(
      () => this.kill(startAgainMs),
      () => this.kill(startAgainMs),
    )
  }

  /** What the process answers; rejects when it dies first, as a client would see it. */
  call<T>(work: (coordinator: Coordinator) => Promise<T>): Promise<T> {
    const { coordinator } = this
    if (coordinator === null) return Promise.reject(new Error('connection refused'))
    return new Promise((resolve, reject) => {
      const hear = () => reject(new Error('connection reset'))
      const died = this.#onDeath
      died.add(hear)
      work(coordinator)
        .then(resolve, reject)
        .finally(() => died.delete(hear))
    })
  }

  #open(owner: Owner): Parts {
    const { seed, scheduler, server, broker, story } = this.#given
    const random = new Random(seed, owner.name)
    const clock = createSimClock({ schedule: scheduler, owner, random })
    const log = story.log(owner.name)
    const database = this.kind.type === 'service' ? this.kind.service : 'sagas'
    const db = server.connect(database, owner.name)
    return { owner, clock, db, bus: broker.connect({ owner, clock, log }), log, random }
  }

  async #run(parts: Parts): Promise<void> {
    await parts.bus.start()
    const { kind } = this
    if (kind.type === 'service') return this.#runService(kind, parts)
    const registry = kind.definitions()
    this.registry = registry
    const coordinator = new Coordinator({
      ...parts,
      registry,
      cipher: noKeys,
      rows: createRowCipher(registry, noKeys),
      subjects: new SubjectRing(noKeys, parts.clock),
      onPoint: (point) => this.#pass(parts.owner, point),
    })
    await coordinator.start()
    this.#ready(parts, () => coordinator.stop())
    this.coordinator = coordinator
  }

  async #runService(kind: ProcessKind & { readonly type: 'service' }, parts: Parts): Promise<void> {
    const { faults, brokenUndos } = this.#given
    const given = { ...parts, faults, brokenUndos }
    const participant = createParticipant({
      service: kind.service,
      commands: flaky(kind.handlers(parts.clock), kind.undos, given),
      batchRecordsMax,
      onPoint: (point) => this.#pass(parts.owner, point),
    })
    await participant.start(parts)
    this.#ready(parts, () => participant.stop())
  }

  #ready({ bus, db, owner }: Parts, stop: () => Promise<void>): void {
    this.#given.story.tell(owner.name, 'is ready')
    this.#stop = async () => {
      await stop()
      await bus.stop()
      await db.stop()
    }
  }

  /** A named place where a crash matters. Dead, it passes it never. */
  #pass(owner: Owner, point: string): Promise<void> | undefined {
    const { faults, random } = this.#given
    if (!faults.happens(`crash at ${point}`, owner.name)) return undefined
    if (this.owner === owner) this.kill(random.between(200, 6_000))
    return new Promise(() => undefined)
  }
}

const registries = new Map<readonly unknown[], Registry>()

/** Made once for each list: definitions are compiled when they are registered. */
export function registryOf(definitions: Parameters<typeof createRegistry>[0]): Registry {
  const known = registries.get(definitions) ?? createRegistry(definitions)
  registries.set(definitions, known)
  return known
}
