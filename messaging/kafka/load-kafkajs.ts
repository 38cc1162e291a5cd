// Loads kafkajs, mended where version 2.2.4 wastes a CPU, trusts the wall clock, stands still or skips;
// called by kafka-bus.ts only. All of it is done before kafkajs is first used. Five parts are replaced by
// ones with the same behaviour: the timers of the request queue, the head of a request, how messages are
// sorted by partition, how a produce request is written, and how records are read. Others behave better:
// what is read of a fetch answer, by its checksums (`whole-batches.ts`), connections
// (`mend-connections.ts`) and their requests in flight, a member of a group
// (`mend-consumer-group.ts`), the search for a coordinator, which says why it failed, and the queue
// between fetchers and workers, which leaves no batch behind.
import { createRequire } from 'node:module'
import { realClock } from '../clock.ts'
import { PassingMap } from '../passing.ts'
import { groupMessages, type MessageGrouping } from './group-messages.ts'
import { connectionError, mendConnections } from './mend-connections.ts'
import { mendConsumerGroup } from './mend-consumer-group.ts'
import { createProduceRequest, type ProduceRequest } from './produce-encoder.ts'
import { createRecordDecoder, type RecordDecoder } from './record-decoder.ts'
import { encodeRequest, type RequestEncoder } from './request-encoder.ts'
import {
  type FetchAnswerModule,
  type RecordSetDecoder,
  withDamageFoundByBroker,
  withoutDamaged,
} from './whole-batches.ts'

export type KafkaJs = typeof import('kafkajs')

const mendedVersion = '2.2.4'

const require = createRequire(import.meta.url)

let loaded: KafkaJs | null = null

/** kafkajs as it is when its version is another one: then look again whether this is needed. */
export function loadKafkaJs(): KafkaJs {
  if (loaded !== null) return loaded
  const { version } = require('kafkajs/package.json') as { readonly version: string }
  if (version === mendedVersion) {
    mendRequestQueue()
    mendModule<RequestQueue>('network/requestQueue/index.js', withPassingRequests)
    mendModule<RequestEncoder>('protocol/request.js', () => encodeRequest)
    mendModule<MessageGrouping>('producer/groupMessagesPerPartition.js', () => groupMessages)
    const now = () => realClock.now().getTime()
    mendModule<ProduceRequest>('protocol/requests/produce/v3/request.js', (original) =>
      createProduceRequest(original, now),
    )
    mendModule<RecordDecoder>('protocol/recordBatch/record/v0/decoder.js', createRecordDecoder)
    mendModule<RecordSetDecoder>('protocol/requests/fetch/v4/decodeMessages.js', withoutDamaged)
    mendModule<FetchAnswerModule>('protocol/requests/fetch/v0/response.js', withDamageFoundByBroker)
    mendModule<CreateWorkerQueue>('consumer/workerQueue.js', withoutLeftBatches)
    // Last: they load much of kafkajs, which must find what is mended above.
    mendConnections()
    mendConsumerGroup()
    mendCoordinatorSearch()
  }
  loaded = require('kafkajs') as KafkaJs
  return loaded
}

type InFlight = { readonly requestTimeout: number; timeoutRequest(): void }

type RequestQueue = (new (
  ...given: never[]
) => RequestQueue['prototype']) & {
  readonly prototype: {
    readonly pending: readonly unknown[]
    inflight: Pick<PassingMap<number, InFlight>, 'size' | 'values'>
    readonly enforceRequestTimeout: boolean
    throttledUntil: number
    requestTimeoutIntervalId: NodeJS.Timeout
    readonly broker: string
    rejectAll(error: Error): void
    /** Ends the connections to the broker; ours (`mend-connections.ts`). */
    breakOff?: () => void
    isConnected(): boolean
    destroy(): void
    scheduleCheckPendingRequests(): void
    scheduleRequestTimeoutCheck(): void
  }
}

/** As often as kafkajs looks. */
const timeoutCheckMs = 100

/**
 * The queue re-arms a timer of 1 ms for ever, 3 % of a core for each idle connection, and a
 * warning about its negative delay on Node 24. Nothing waits and nothing is throttled: no timer.
 */
function mendRequestQueue(): void {
  const { prototype } = require('kafkajs/src/network/requestQueue') as RequestQueue
  const schedule = prototype.scheduleCheckPendingRequests
  prototype.scheduleCheckPendingRequests = function scheduleWhenNeeded() {
    if (this.pending.length === 0 && this.throttledUntil <= realClock.now().getTime()) return
    schedule.call(this)
  }
  prototype.scheduleRequestTimeoutCheck = lookForTimeouts
}

/**
 * kafkajs ends this look as soon as it closes a connection, and goes by the wall clock. A request in
 * flight on it, which the broker does not answer any more, would stay so for ever, and so would
 * whoever waits for it: a fetch, a commit of offsets. And it would send the next one down a connection
 * that nobody listens to. A broker answers in order, so that is so when the oldest has no answer; one
 * that it holds back for longer, as for a member of a group that is slow, is asked again elsewhere.
 */
function lookForTimeouts(this: RequestQueue['prototype']): void {
  if (!this.enforceRequestTimeout) return
  this.destroy()
  const firstSeenAt = new WeakMap<InFlight, number>()
  let first: InFlight | undefined
  let firstSince = 0
  this.requestTimeoutIntervalId = setInterval(() => {
    const now = realClock.monotonicMs()
    const [oldest, ...others] = this.inflight.values()
    if (oldest !== first) firstSince = now
    first = oldest
    for (const request of others) {
      const seenAt = firstSeenAt.get(request) ?? now
      firstSeenAt.set(request, seenAt)
      if (now - seenAt > request.requestTimeout) request.timeoutRequest()
    }
    if (oldest !== undefined && now - firstSince > oldest.requestTimeout) {
      this.rejectAll(connectionError('Request timed out', this.broker))
      this.breakOff?.()
    }
    if (!this.isConnected() && this.inflight.size === 0) this.destroy()
  }, timeoutCheckMs)
}

/** What was asked and answered would outlive a collection of the young heap or two, with all its bytes. */
function withPassingRequests(original: RequestQueue): RequestQueue {
  return class extends original {
    override inflight = new PassingMap<number, InFlight>()
  }
}

type Work = { readonly next: () => unknown }
type Worker = { readonly run: (work: Work) => Promise<void> }
type CreateWorkerQueue = (given: { readonly workers: readonly Worker[] }) => unknown

/**
 * A worker that has found the queue empty takes no new work until its promise has settled, a
 * microtask later: a batch that another broker's fetcher puts there in between waits for the next
 * batch of any broker, and so does its fetcher. With nothing more to come the partitions of that broker
 * are read no further, while heartbeats go on. So whoever asks a worker to run has it look again.
 */
function withoutLeftBatches(original: CreateWorkerQueue): CreateWorkerQueue {
  return ({ workers }) => {
    const run = ({ run: runOnce }: Worker) => ({
      run: async (work: Work) => {
        await runOnce(work)
        await runOnce(work)
      },
    })
    return original({ workers: workers.map(run) })
  }
}

type Search = (group: { readonly groupId: string }) => Promise<unknown>

/**
 * Every broker is asked where a group's coordinator is, and what they answer is swallowed: one that
 * says that the group is forbidden looks like one that is away.
 */
function mendCoordinatorSearch(): void {
  const { prototype: broker } = require('kafkajs/src/broker') as {
    readonly prototype: { findGroupCoordinator: Search }
  }
  const { prototype: cluster } = require('kafkajs/src/cluster') as {
    readonly prototype: { findGroupCoordinatorMetadata: Search }
  }
  const answers = new Map<string, unknown>()
  const ask = broker.findGroupCoordinator
  const search = cluster.findGroupCoordinatorMetadata
  broker.findGroupCoordinator = function askAndKeep(group) {
    return ask.call(this, group).catch((error: unknown) => {
      answers.set(group.groupId, error)
      throw error
    })
  }
  cluster.findGroupCoordinatorMetadata = async function searchAndSay(group) {
    answers.delete(group.groupId)
    try {
      return await search.call(this, group)
    } catch (error) {
      if (error instanceof Error) error.cause ??= answers.get(group.groupId)
      throw error
    } finally {
      answers.delete(group.groupId)
    }
  }
}

/** Works as long as nobody else loaded kafkajs before; then this part of it stays as it was. */
function mendModule<Exported>(path: string, mend: (original: Exported) => Exported): void {
  const file = require.resolve(`kafkajs/src/${path}`)
  const original = require(file) as Exported
  const module = require.cache[file]
  if (module !== undefined) module.exports = mend(original)
}
