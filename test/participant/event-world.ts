// Consumers of a stream of numbered readings, over a memory broker and a database of its own: they
// write down what they took, in the order in which they took it.
import { Type } from 'typebox'
import type { Bus } from '../../messaging/bus.ts'
import { type Cipher, noKeys } from '../../messaging/cipher.ts'
import { realClock } from '../../messaging/clock.ts'
import { encodeMessage } from '../../messaging/envelope.ts'
import { type Log, silentLog } from '../../messaging/log.ts'
import type { Message, MessageId } from '../../messaging/message.ts'
import {
  createEventConsumer,
  defineEvent,
  type EventConsumer,
  type EventConsumerOptions,
  onEvent,
  onEvents,
  type ReceivedEvent,
  type Tx,
} from '../../participant/index.ts'
import { createMemoryBroker, type MemoryBroker, type MemoryBus } from '../../testing/memory-bus.ts'
import type { TestDatabase } from './test-database.ts'

export const topic = 'meters.events'
export const readingTaken = defineEvent({
  name: 'reading.taken',
  topic,
  data: Type.Object({ value: Type.Integer() }),
})
export const meterClosed = defineEvent({
  name: 'meter.closed',
  topic,
  data: Type.Object({}),
})

export const takenSql = `create table taken (
  at bigint generated always as identity primary key,
  consumer text not null, generation integer not null, meter text not null, value integer)`

async function writeDown(
  tx: Tx,
  consumer: string,
  events: readonly ReceivedEvent[],
): Promise<void> {
  await tx.query(
    `insert into taken (consumer, generation, meter, value)
     select $1, * from unnest($2::int[], $3::text[], $4::int[])`,
    [
      consumer,
      events.map(({ generation }) => generation),
      events.map(({ key }) => key),
      events.map(({ data }) => (data as { readonly value?: number }).value ?? null),
    ],
  )
}

export const inBatches = (consumer: string) => ({
  consumer,
  events: [onEvents([readingTaken, meterClosed], (tx, told) => writeDown(tx, consumer, told))],
})

/** `after` is called for each, once it is written down. */
export const oneByOne = (
  consumer: string,
  after: (event: ReceivedEvent<{ value: number }>, tx: Tx) => Promise<void>,
) => ({
  consumer,
  events: [
    onEvent(readingTaken, async (tx, event) => {
      await writeDown(tx, consumer, [event])
      await after(event, tx)
    }),
  ],
})

let ids = 0

export function reading(meter: string, value: number, fields: Partial<Message> = {}): Message {
  ids += 1
  const id = `${meter}/${ids}` as MessageId
  const time = realClock.now()
  const { name: type } = readingTaken
  return { id, type, source: 'meters', topic, key: meter, time, data: { value }, ...fields }
}

export function closing(meter: string): Message {
  return { ...reading(meter, 0), type: meterClosed.name, data: {} }
}

type FollowOptions = {
  readonly cipher?: Cipher
  readonly log?: Log
  readonly wrap?: (bus: Bus) => Bus
}

export class EventWorld {
  readonly broker: MemoryBroker = createMemoryBroker()
  readonly database: TestDatabase
  readonly #own: MemoryBus
  readonly #running: { consumer: EventConsumer; bus: MemoryBus }[] = []

  constructor(database: TestDatabase) {
    this.database = database
    this.#own = this.broker.connect()
  }

  async start(): Promise<void> {
    await this.#own.start()
    await this.#own.ensureTopics([{ name: topic, partitions: 3, replicationFactor: 1 }])
  }

  async tell(...messages: readonly Message[]): Promise<void> {
    await this.#own.publish(messages.map(encodeMessage))
  }

  /** As a process of its own. */
  async follow(
    options: EventConsumerOptions,
    { cipher = noKeys, log = silentLog, wrap = (bus: Bus) => bus }: FollowOptions = {},
  ): Promise<EventConsumer> {
    const consumer = createEventConsumer({ backoff: { initialMs: 1, maxMs: 2 }, ...options })
    const bus = this.broker.connect()
    await bus.start()
    const { db } = this.database
    await consumer.start({ db, bus: wrap(bus), log, clock: realClock, cipher })
    this.#running.push({ consumer, bus })
    return consumer
  }

  /** As kill -9 of the process that came last. */
  crash(): void {
    this.#running.at(-1)?.bus.crash()
  }

  async taken(
    consumer: string,
    meter: string,
    generation = 1,
  ): Promise<readonly (number | null)[]> {
    const { rows } = await this.database.db.query<{ readonly value: number | null }>(
      'select value from taken where consumer = $1 and meter = $2 and generation = $3 order by at',
      [consumer, meter, generation],
    )
    return rows.map(({ value }) => value)
  }

  async letters(consumer: string, meter: string): Promise<readonly string[]> {
    const { rows } = await this.database.db.query<{ readonly line: string }>(
      `select code || ': ' || reason as line from dead_letters
       where consumer = $1 and key = convert_to($2, 'utf8') order by line`,
      [consumer, meter],
    )
    return rows.map(({ line }) => line)
  }

  async stop(): Promise<void> {
    for (const { consumer, bus } of this.#running) {
      await consumer.stop()
      await bus.stop()
    }
    await this.#own.stop()
  }
}
