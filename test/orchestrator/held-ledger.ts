// The ledger service and two orchestrators on the real Kafka, with the test in between: commands
// and replies wait on topics that only the test reads, until it delivers them, byte for byte,
// in the order and as often as it likes.
import type { Bus, IncomingRecord } from '../../messaging/bus.ts'
import { decodeMessage, encodeMessage } from '../../messaging/envelope.ts'
import { silentLog } from '../../messaging/log.ts'
import type { Direction, Message, MessageId } from '../../messaging/message.ts'
import { repliesTopic } from '../../messaging/topics.ts'
import type { Fact, SagaEvent } from '../../orchestrator/engine/event.ts'
import { added, ledgerHandlers, ledgerSql } from '../participant/ledger.ts'
import { awaitUntil } from '../system/await-until.ts'
import type { RawRecord, Written } from '../system/raw-kafka.ts'
import type { SagaClient } from '../system/saga-client.ts'
import { EngineWorld, enginePartitions } from './engine-world.ts'
import { type LedgerSaga, ledgerSagas, type StepName } from './ledger-sagas.ts'

/** Where the ledger's commands arrive, and where its replies leave. */
export const deliveredTopic = 'ledger.delivered'
const heldCommandsTopic = 'ledger.commands'
const heldRepliesTopic = 'ledger.replies'

export const ledgerService = 'ledger'

export type Held = { readonly message: Message; readonly record: Sendable }

type Sendable = Omit<RawRecord, 'topic'>

export type Entry = { readonly event: SagaEvent; readonly facts: readonly Fact[] }

type Which = {
  readonly direction?: Direction
  readonly step?: StepName
  readonly attempt?: number
}

export class HeldLedger {
  readonly world: EngineWorld
  client!: SagaClient
  /** One partition of the replies that the first orchestrator reads, and one of the second's. */
  replyPartitions: readonly number[] = []
  /** Both orchestrators commit; how often each did. */
  readonly commits = [0, 0]
  readonly #seen = new Set<string>()
  readonly #commands = new Map<string, Held[]>()
  readonly #replies = new Map<string, Held[]>()
  readonly #answered = new Set<Held>()
  /** What each saga's participant and orchestrators must still show: see `settled`. */
  readonly #deliveries = new Map<string, number>()
  readonly #copies = new Map<string, number>()

  private constructor(world: EngineWorld) {
    this.world = world
  }

  static async start(): Promise<HeldLedger> {
    const topics = [heldCommandsTopic, heldRepliesTopic]
    const world = await EngineWorld.start(ledgerSagas, [...topics, deliveredTopic, added.topic])
    const ledger = new HeldLedger(world)
    await world.parcelsDb.query(ledgerSql)
    await world.follow(topics, (record) => ledger.#take(record))
    await world.startParcels({
      service: ledgerService,
      commands: ledgerHandlers().handlers,
      wrapBus: diverted,
    })
    await ledger.#startOrchestrators()
    return ledger
  }

  /** Answers the saga's id. */
  async begin(saga: LedgerSaga): Promise<string> {
    const { status, body } = await this.client.start(saga, { amount: 1 })
    if (status !== 202) throw new Error(`${saga} is not started: ${JSON.stringify(body)}`)
    return String(body['id'])
  }

  /** What the saga has sent so far, delivered or not. */
  commands(sagaId: string, which: Which = {}): readonly Held[] {
    return (this.#commands.get(sagaId) ?? []).filter(is({ step: 'first', ...which }))
  }

  /** What the ledger has answered so far, passed on or not. */
  replies(sagaId: string, which: Which = {}): readonly Held[] {
    return (this.#replies.get(sagaId) ?? []).filter(is(which))
  }

  /** The replies that no orchestrator has seen. */
  heldReplies(sagaId: string, which: Which = {}): readonly Held[] {
    return this.replies(sagaId, which).filter((held) => !this.#answered.has(held))
  }

  command(sagaId: string, which: Which = {}): Promise<Held> {
    const what = `the command ${JSON.stringify(which)} of ${sagaId}`
    return awaitUntil(what, () => this.commands(sagaId, { direction: 'do', ...which })[0])
  }

  /** Hands a command to the ledger. */
  async deliver({ message, record }: Held): Promise<void> {
    count(this.#deliveries, message.key, 1)
    await this.world.kafka.write({ ...record, topic: deliveredTopic })
  }

  /** Hands a command to the ledger and waits for its answer, which is held. */
  async carryOut(command: Held): Promise<Held> {
    await this.deliver(command)
    await this.settled([command.message.key])
    const reply = this.replies(command.message.key).at(-1)
    if (reply === undefined) throw new Error(`${command.message.id} is not answered`)
    return reply
  }

  /** Hands a reply to both orchestrators at once. */
  async answer(reply: Held): Promise<void> {
    const { message, record } = reply
    this.#answered.add(reply)
    count(this.#copies, String(message.sagaId), this.replyPartitions.length)
    await Promise.all(
      this.replyPartitions.map((partition) => this.writeReply({ ...record, partition })),
    )
  }

  writeReply(record: Sendable): Promise<Written> {
    return this.world.kafka.write({ ...record, topic: repliesTopic })
  }

  /** Resolves when every command delivered was answered, and every reply was recorded. */
  async settled(sagaIds: readonly string[]): Promise<void> {
    await awaitUntil('the ledger has answered', () =>
      sagaIds.every(
        (id) => (this.#replies.get(id)?.length ?? 0) >= (this.#deliveries.get(id) ?? 0),
      ),
    )
    const recorded = async () => {
      const { rows } = await this.world.sagasDb.query<{ id: string; entries: number }>(
        `select saga_id as id, count(*)::integer as entries from history
         where type = 'replied' and saga_id = any($1::uuid[]) group by saga_id`,
        [sagaIds],
      )
      const entries = new Map(rows.map((row) => [row.id, row.entries]))
      return sagaIds.every((id) => (entries.get(id) ?? 0) >= (this.#copies.get(id) ?? 0))
    }
    await awaitUntil('the replies are recorded', recorded)
  }

  /** Carries out the saga's step and answers it. */
  async finish(sagaId: string, step: StepName): Promise<void> {
    await this.answer(await this.carryOut(await this.command(sagaId, { step })))
    await this.settled([sagaId])
  }

  async entries(sagaId: string): Promise<readonly Entry[]> {
    const { rows } = await this.world.sagasDb.query<Entry>(
      'select event, facts from history where saga_id = $1 order by seq',
      [sagaId],
    )
    return rows
  }

  async fenceState(sagaId: string, step: StepName): Promise<string | undefined> {
    const { rows } = await this.world.parcelsDb.query<{ readonly state: string }>(
      'select state from fence where saga_id = $1 and step = $2',
      [sagaId, step],
    )
    return rows[0]?.state
  }

  #take(record: IncomingRecord): void {
    const place = `${record.topic}/${record.partition}/${record.offset}`
    if (this.#seen.has(place)) return
    this.#seen.add(place)
    const message = decodeMessage(record)
    if ('problem' in message) throw new Error(message.problem)
    const on = record.topic === heldCommandsTopic ? this.#commands : this.#replies
    const list = on.get(message.key) ?? []
    on.set(message.key, [...list, { message, record: toSendable(record) }])
  }

  /** Who reads which partition shows in who parks what is written there. */
  async #startOrchestrators(): Promise<void> {
    const parked: number[][] = [[], []]
    for (const index of [0, 1]) {
      const warn = (event: string, fields: Readonly<Record<string, unknown>> = {}) => {
        if (event === 'record.parked') parked[index]?.push(Number(fields['partition']))
      }
      const { client } = await this.world.startOrchestrator({
        definitions: ledgerSagas,
        log: { ...silentLog, warn },
        onPoint: (point) => {
          if (point === 'advance.before-commit')
            this.commits[index] = (this.commits[index] ?? 0) + 1
        },
      })
      if (index === 0) this.client = client
    }
    for (let partition = 0; partition < enginePartitions; partition += 1) {
      await this.writeReply({ partition, key: null, value: Buffer.from('whose is this?') })
    }
    await awaitUntil('each partition is read', () => parked.flat().length >= enginePartitions)
    this.replyPartitions = parked.flatMap((partitions) => partitions.slice(0, 1))
    if (this.replyPartitions.length < parked.length) throw new Error('one reads no replies')
  }
}

/** The reply as the ledger would have given it. */
export function madeUpReply({ message }: Held, data: unknown): Held {
  const { id, sagaId, step, visit, direction, attempt, key } = message
  const reply = {
    id: `${id}/reply` as MessageId,
    type: 'ledger.add.succeeded',
    source: ledgerService,
    topic: repliesTopic,
    key,
    data,
    ...(sagaId && { sagaId }),
    ...(step && { step }),
    ...(visit && { visit }),
    ...(direction && { direction }),
    ...(attempt && { attempt }),
    causationId: id,
    outcome: 'succeeded',
  } as const
  const { value, headers } = encodeMessage(reply)
  return { message: reply, record: { key, value: Buffer.from(value), headers } }
}

/** The service listens and answers where only the test is. */
function diverted(bus: Bus): Bus {
  return {
    start: () => bus.start(),
    stop: () => bus.stop(),
    ensureTopics: (topics) => bus.ensureTopics(topics),
    problem: () => bus.problem(),
    lag: (groupId, topics) => bus.lag(groupId, topics),
    edges: (topics) => bus.edges(topics),
    subscribe: (options) => bus.subscribe({ ...options, topics: [deliveredTopic] }),
    publish: (records) =>
      bus.publish(
        records.map((record) =>
          record.topic === repliesTopic ? { ...record, topic: heldRepliesTopic } : record,
        ),
      ),
  }
}

function is({ direction, step, attempt }: Which): (held: Held) => boolean {
  return ({ message }) =>
    (direction === undefined || message.direction === direction) &&
    (step === undefined || message.step === step) &&
    (attempt === undefined || message.attempt === attempt)
}

function toSendable({ partition, key, value, headers }: IncomingRecord): Sendable {
  const texts = Object.entries(headers).map(([name, bytes]) => [name, bytes.toString()] as const)
  return { partition, key: key?.toString() ?? null, value, headers: Object.fromEntries(texts) }
}

function count(counts: Map<string, number>, key: string, more: number): void {
  counts.set(key, (counts.get(key) ?? 0) + more)
}
