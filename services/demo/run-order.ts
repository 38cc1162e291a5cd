// Runs one scenario over REST and collects what came of it: the saga, its history, the rows.

import { type Found, judge } from './judge.ts'
import { type OutageOptions, runOutage } from './payment-outage.ts'
import type { HistoryEntry, SagaNow } from './saga-api.ts'
import type { Scenario } from './scenarios.ts'
import type { ServiceRows } from './service-rows.ts'

export type OrderRun = Found & {
  readonly history: readonly HistoryEntry[]
  /** Empty when the order ended as it must. */
  readonly problems: readonly string[]
}

export type OrderOptions = OutageOptions & {
  readonly serviceRows: ServiceRows
  /** One for all POSTs of a scenario. */
  readonly idempotencyKey: string
}

/** An order takes milliseconds; this is for a machine that is busy with something else. */
const waitSeconds = 60

export async function runOrder(scenario: Scenario, options: OrderOptions): Promise<OrderRun> {
  const { api, serviceRows } = options
  const { saga, ids, starts } = await runWay(scenario, options)
  const [history, rows, sagas] = await Promise.all([
    api.history(saga.id),
    serviceRows.find(ids),
    api.sagasOf(scenario.order.customerId),
  ])
  const found: Found = { saga, rows, sagas: sagas.length, starts }
  return { ...found, history, problems: judge(scenario.end, found) }
}

type Way = {
  readonly saga: SagaNow
  /** What the POSTs answered; more than one when a repeat was taken for a new start. */
  readonly ids: readonly string[]
  readonly starts: number | null
}

async function runWay(scenario: Scenario, options: OrderOptions): Promise<Way> {
  const { api } = options
  switch (scenario.way) {
    case 'once': {
      const saga = await api.startAndWait(scenario.order, waitSeconds)
      return { saga, ids: [saga.id], starts: null }
    }
    case 'outage': {
      const start = async () => (await api.start(scenario.order)).id
      const saga = await runOutage(start, options)
      return { saga, ids: [saga.id], starts: null }
    }
    case 'twice':
      return startTwice(scenario, options)
  }
}

/** A third request with the key waits for the end; it starts nothing either. */
async function startTwice(
  { order }: Scenario,
  { api, idempotencyKey, say }: OrderOptions,
): Promise<Way> {
  const key = { 'idempotency-key': idempotencyKey }
  const answers = await Promise.all([api.start(order, key), api.start(order, key)])
  for (const { id, isNew } of answers) {
    say(`202 Accepted, saga ${id}, ${isNew ? 'started by this request' : 'it was there already'}`)
  }
  const saga = await api.startAndWait(order, waitSeconds, key)
  const ids = [...new Set([saga.id, ...answers.map(({ id }) => id)])]
  return { saga, ids, starts: answers.filter(({ isNew }) => isNew).length }
}
