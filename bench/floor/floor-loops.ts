// The four committing loops of the floor: starts, orders, payments, replies. Each commits a group in
// one statement and publishes what comes of it. Frozen, as floor.ts is.
import type { TopicMessages } from 'kafkajs'
import type pg from 'pg'
import { commandsOf, type FloorTopics, lastStep, type Passing, repliesOf } from './floor-records.ts'
import {
  arrayOf,
  bodiesOf,
  moveSagas,
  startSagas,
  takeOrders,
  takePayments,
} from './floor-statements.ts'
import { gather } from './gather.ts'

type Group = readonly Passing[]
type Send = (records: readonly TopicMessages[]) => void

const idsOf = (group: Group) => arrayOf(group.map(({ id }) => id))
const atStep = (group: Group, wanted: number) => group.filter(({ step }) => step === wanted)

export function startLoop(client: pg.Client, send: Send, topics: FloorTopics) {
  return gather<Passing>(async (group) => {
    const { length } = group
    const values = [idsOf(group), bodiesOf('saga', length), bodiesOf('history', length)]
    await client.query({ ...startSagas, values })
    send(commandsOf(topics, group))
  })
}

export function replyLoop(
  client: pg.Client,
  send: Send,
  topics: FloorTopics,
  onEnded: (id: string) => void,
) {
  return gather<Passing>(async (group) => {
    const { length } = group
    const ended = atStep(group, lastStep)
    const values = [
      idsOf(group),
      bodiesOf('saga', length),
      bodiesOf('history', length),
      arrayOf(group.map(({ step }) => step + 1)),
      idsOf(ended),
    ]
    await client.query({ ...moveSagas, values })
    for (const { id } of ended) onEnded(id)
    const next = group.map(({ id, step, partition }) => ({ id, step: step + 1, partition }))
    send(commandsOf(topics, next))
  })
}

export function ordersLoop(client: pg.Client, send: Send, topics: FloorTopics) {
  return gather<Passing>(async (group) => {
    const created = atStep(group, 1)
    const values = [
      idsOf(group),
      arrayOf(group.map(({ step }) => (step === 1 ? 'createOrder' : 'completeOrder'))),
      bodiesOf('fence', group.length),
      idsOf(created),
      bodiesOf('order', created.length),
      idsOf(atStep(group, lastStep)),
    ]
    await client.query({ ...takeOrders, values })
    send(repliesOf(topics, group))
  })
}

export function paymentsLoop(client: pg.Client, send: Send, topics: FloorTopics) {
  return gather<Passing>(async (group) => {
    const { length } = group
    const values = [idsOf(group), bodiesOf('fence', length), bodiesOf('payment', length)]
    await client.query({ ...takePayments, values })
    send(repliesOf(topics, group))
  })
}
