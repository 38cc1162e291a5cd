// kafkajs hands batches of several brokers' fetchers to one worker: none is left behind, whenever in the
// end of the one before it comes.
import { createRequire } from 'node:module'
import { expect, it } from 'vitest'
import { loadKafkaJs } from '../../messaging/kafka/load-kafkajs.ts'

type Worker = { readonly run: (work: unknown) => Promise<void> }
type CreateWorker = (given: {
  readonly handler: (batch: string) => Promise<void>
  readonly workerId: number
}) => Worker
type CreateQueue = (given: { readonly workers: readonly Worker[] }) => {
  push(...batches: readonly string[]): Promise<void>
}

/** More than the end of a worker takes. */
const microtasks = Array.from({ length: 20 }, (_, at) => at)

const macrotask = () => new Promise((resolve) => setImmediate(resolve))

it.each(microtasks)('a batch that comes %d microtasks after the last is handled', async (late) => {
  loadKafkaJs()
  const require = createRequire(import.meta.url)
  const createWorker = require('kafkajs/src/consumer/worker.js') as CreateWorker
  const createQueue = require('kafkajs/src/consumer/workerQueue.js') as CreateQueue
  const first = Promise.withResolvers<void>()
  const handled: string[] = []
  const handler = async (batch: string) => {
    if (batch === 'first') await first.promise
    handled.push(batch)
  }
  const queue = createQueue({ workers: [createWorker({ handler, workerId: 0 })] })
  void queue.push('first')
  await macrotask()
  first.resolve()
  for (let passed = 0; passed < late; passed++) await null
  void queue.push('second')
  await macrotask()
  await macrotask()
  expect(handled).toEqual(['first', 'second'])
})
