// A request of kafkajs that is in flight while its connection is closed is answered as failed, if the
// broker does not answer: whoever waits for it would wait for ever.
import { createRequire } from 'node:module'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { loadKafkaJs } from '../../messaging/kafka/load-kafkajs.ts'

type Queue = {
  push(request: {
    readonly entry: {
      readonly correlationId: number
      readonly resolve: () => void
      readonly reject: (error: Error) => void
    }
    readonly expectResponse: boolean
    readonly sendRequest: () => void
  }): void
  scheduleRequestTimeoutCheck(): void
  destroy(): void
}
type CreateQueue = new (given: {
  readonly requestTimeout: number
  readonly enforceRequestTimeout: boolean
  readonly maxInFlightRequests: null
  readonly logger: { readonly debug: () => void }
  readonly isConnected: () => boolean
}) => Queue

const requestTimeout = 15_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

async function outcomeAfter(ms: number, change: () => void, isConnected: () => boolean) {
  loadKafkaJs()
  const require = createRequire(import.meta.url)
  const RequestQueue = require('kafkajs/src/network/requestQueue') as CreateQueue
  const logger = { debug: () => undefined }
  const limits = { requestTimeout, enforceRequestTimeout: true, maxInFlightRequests: null }
  const queue = new RequestQueue({ ...limits, logger, isConnected })
  queue.scheduleRequestTimeoutCheck()
  let outcome = 'none'
  const told = (text: string) => () => {
    outcome = text
  }
  const entry = { correlationId: 1, resolve: told('answered'), reject: told('failed') }
  queue.push({ entry, expectResponse: true, sendRequest: () => undefined })
  await vi.advanceTimersByTimeAsync(1_000)
  change()
  await vi.advanceTimersByTimeAsync(ms)
  queue.destroy()
  return outcome
}

it('in flight when its connection is closed', async () => {
  let isConnected = true
  const close = () => {
    isConnected = false
  }
  expect(await outcomeAfter(20_000, close, () => isConnected)).toBe('failed')
})

it('in flight while the clock is set back', async () => {
  const setBack = () => void vi.setSystemTime(Date.now() - 3_600_000)
  expect(await outcomeAfter(20_000, setBack, () => true)).toBe('failed')
})

it('in flight for less than its time is left alone', async () => {
  expect(
    await outcomeAfter(
      10_000,
      () => undefined,
      () => true,
    ),
  ).toBe('none')
})
