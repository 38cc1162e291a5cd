// Which orchestrator processes are alive and what each of them can run, so that only versions that
// all of them have are started. It says every two seconds that this one lives, and remembers what
// the others said. States: made, started, stopped.
import type { Clock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import type { Log } from '../../messaging/log.ts'
import { definitionKey, type Registry } from '../definition/registry.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import { beatInstance, removeInstance } from '../store/instances.ts'

/** How often this instance says that it lives; what it knows of others is that old at the most. */
const beatMs = 2_000
/** An instance that was silent for longer does not count: it has crashed, or Postgres is away. */
const countedMs = 15_000
/** Rows that are older are deleted by whoever sees them. */
const keptMs = 3_600_000

/** What the last look told. */
type Known = {
  /** Those of this instance's definitions that every other live one has as well, by the hash. */
  readonly onAll: ReadonlySet<SagaDefinition>
  /** By name, the newest of them. */
  readonly startable: ReadonlyMap<string, SagaDefinition>
  /** Names that some other live instance has. */
  readonly elsewhere: ReadonlySet<string>
}

export type InstancesDependencies = {
  readonly db: Db
  readonly registry: Registry
  readonly clock: Clock
  readonly log: Log
}

export class Instances {
  readonly #given: InstancesDependencies
  readonly #id: string
  readonly #definitions: readonly string[]
  readonly #stopping = new AbortController()
  #known: Known = { onAll: new Set(), startable: new Map(), elsewhere: new Set() }
  #refreshing: Promise<void> | null = null
  #ended: Promise<void> | null = null

  constructor(given: InstancesDependencies) {
    this.#given = given
    this.#id = given.clock.newId()
    this.#definitions = given.registry.all().map(definitionKey)
  }

  /** Resolves when the others can see this one and it has seen them. */
  async start(): Promise<void> {
    await this.refresh()
    this.#ended ??= this.#run()
  }

  /** The others no longer count this one; must come last, when nothing is taken any more. */
  async stop(): Promise<void> {
    const { db, log } = this.#given
    const isRunning = this.#ended !== null && !this.#stopping.signal.aborted
    this.#stopping.abort()
    await this.#ended
    await this.#refreshing?.catch(() => undefined)
    if (!isRunning) return
    await removeInstance(db, this.#id).catch((error: unknown) => {
      log.warn('instances.leave.failed', { error })
    })
  }

  /** The newest version of a name that every live instance has, or null. */
  startable(name: string): SagaDefinition | null {
    return this.#known.startable.get(name) ?? null
  }

  startableNames(): readonly string[] {
    return [...this.#known.startable.keys()]
  }

  /** Every live instance has it, by the hash. */
  isOnAll(definition: SagaDefinition): boolean {
    return this.#known.onAll.has(definition)
  }

  /** This instance or another live one has some version of the name. */
  isKnown(name: string): boolean {
    return this.#given.registry.newest(name) !== null || this.#known.elsewhere.has(name)
  }

  /** Looks now; calls at the same time share one look. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#beat().finally(() => {
      this.#refreshing = null
    })
    return this.#refreshing
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#given
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await clock.wait(beatMs, signal)
      if (signal.aborted) return
      await this.refresh().catch((error: unknown) => log.warn('instances.beat.failed', { error }))
    }
  }

  async #beat(): Promise<void> {
    const { db, registry } = this.#given
    const own = { id: this.#id, definitions: this.#definitions }
    const others = await beatInstance(db, { ...own, countedMs, keptMs })
    this.#known = knownOf(registry, others)
  }
}

function knownOf(registry: Registry, others: readonly (readonly string[])[]): Known {
  const lists = others.map((definitions) => new Set(definitions))
  const onAll = new Set<SagaDefinition>()
  const startable = new Map<string, SagaDefinition>()
  for (const definition of registry.all()) {
    const key = definitionKey(definition)
    if (!lists.every((list) => list.has(key))) continue
    onAll.add(definition)
    const best = startable.get(definition.name)
    if (!best || best.version < definition.version) startable.set(definition.name, definition)
  }
  const elsewhere = new Set(others.flat().map((key) => key.slice(0, key.indexOf('@'))))
  return { onAll, startable, elsewhere }
}
