// What a case of the conformance suite works with: buses, topics and subscriptions that end with it.
import { randomUUID } from 'node:crypto'
import type { Bus, OutgoingRecord, Subscription } from '../../messaging/bus.ts'
import { type Subscriber, until } from './subscriber.ts'

export const partitions = 4
export const slowMs = 60_000

export type BusCase = { readonly name: string; readonly run: (world: BusWorld) => Promise<void> }

export type BusWorld = {
  readonly bus: Bus
  /** Another process. */
  readonly connect: () => Promise<Bus>
  readonly createTopic: () => Promise<string>
  /** Resolves when the member has joined. */
  readonly subscribe: (
    topic: string,
    subscriber: Subscriber,
    options?: SubscribeChoices,
  ) => Promise<Subscription>
  readonly stop: () => Promise<void>
}

export type SubscribeChoices = {
  readonly groupId?: string
  readonly batchRecordsMax?: number
  readonly on?: Bus
}

/** `connect` makes a started client; several stand for several processes. */
export async function openBusWorld(connect: () => Promise<Bus>): Promise<BusWorld> {
  const buses: Bus[] = []
  const connectOne = async () => {
    const connected = await connect()
    buses.push(connected)
    return connected
  }
  const bus = await connectOne()
  return {
    bus,
    connect: connectOne,
    createTopic: async () => {
      const topic = `conformance.${randomUUID()}`
      await bus.ensureTopics([{ name: topic, partitions, replicationFactor: 1 }])
      return topic
    },
    subscribe: async (topic, { handle }, options = {}) => {
      const { groupId = `group.${topic}`, batchRecordsMax = 1_000, on = bus } = options
      const subscription = await on.subscribe({ groupId, topics: [topic], batchRecordsMax, handle })
      await until('the member has joined', () => subscription.problem() === null)
      return subscription
    },
    stop: async () => {
      await Promise.all(buses.map((one) => one.stop()))
    },
  }
}

export function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}

/** Values are the numbers, and the keys too, so they spread over the partitions. */
export function numbered(topic: string, from: number, to: number): readonly OutgoingRecord[] {
  return range(from, to).map((at) => ({ topic, key: `${at}`, value: `${at}`, headers: {} }))
}

export async function untilAll(
  count: number,
  ...subscribers: readonly Subscriber[]
): Promise<void> {
  const seen = () => new Set(subscribers.flatMap((subscriber) => subscriber.values())).size
  await until(`${count} have come`, () => seen() === count)
}
