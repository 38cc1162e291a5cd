// How a member of a group of kafkajs 2.2.4 keeps its place there, and its records, when the clock is
// set back, a broker goes, a leader moves, an answer is lost or records are damaged; called by
// load-kafkajs.ts.
import { createRequire } from 'node:module'
import { backoffMs, realClock } from '../clock.ts'
import { DamagedPartitions, type FetchedBatch } from './damaged-partitions.ts'

const require = createRequire(import.meta.url)

type KafkaError = {
  readonly name: string
  readonly message: string
  readonly type?: string
  readonly broker?: string
}

type Coordinator = object

type ConsumerGroup = {
  readonly groupId: string
  readonly logger: { warn(message: string, fields: object): void }
  readonly cluster: {
    readonly brokerPool: { metadataExpireAt: number | null }
    findGroupCoordinatorMetadata(group: {
      readonly groupId: string
      readonly coordinatorType: number
    }): Promise<{ readonly coordinator: { readonly nodeId: number } }>
    findBroker(broker: { readonly nodeId: number }): Promise<Coordinator>
  }
  readonly offsetManager: { coordinator: Coordinator } | null
  coordinator: Coordinator
  lastRequest: number
  heartbeat(options: { readonly interval: number }): Promise<void>
  commitOffsets(offsets?: unknown): Promise<void>
  fetch(nodeId: string): Promise<readonly FetchedBatch[]>
  getActiveTopicPartitions(): Readonly<Record<string, Set<number>>>
  recoverFromFetch(error: KafkaError): Promise<void>
  joinAndSync(): Promise<void>
}

/** kafkajs's number for the coordinator of a group; the other kind is that of transactions. */
const groupCoordinator = 0

/** Between two questions of who leads now, while the one that did says that it does not, or is away. */
const leaderPause = { initialMs: 100, maxMs: 2_000 }
/** A broker that is not reached for so long is told of; so long without a failure, it was reached. */
const awayMs = 30_000

/** In one process once, before a consumer is made. */
export function mendConsumerGroup(): void {
  const { prototype } = require('kafkajs/src/consumer/consumerGroup') as {
    readonly prototype: ConsumerGroup
  }
  mendHeartbeat(prototype)
  mendOffsets(prototype)
  mendRecovery(prototype)
  mendJoin(prototype)
  mendFetch(prototype)
}

/**
 * A heartbeat is due some time after the last one by the wall clock. Where that was set back, none
 * would be until it has caught up: the group gives the partitions to others, and the member, which
 * is not told, goes on with them. And it goes to the coordinator that was there at the join, for as
 * long as that one is away, while the next one expels the member. The group goes on at the next one
 * as it was, so it is enough to find that.
 */
function mendHeartbeat(prototype: ConsumerGroup): void {
  const heartbeat = prototype.heartbeat
  prototype.heartbeat = async function heartbeatWhereDue(options) {
    if (this.lastRequest > realClock.now().getTime()) this.lastRequest = 0
    try {
      await heartbeat.call(this, options)
    } catch (error) {
      if (!isOfCoordinator(error as KafkaError)) throw error
      // The consumer tries again after a heartbeat; after a search it would end.
      this.coordinator = await searchOnce(this).catch(() => Promise.reject(error))
    }
  }
}

const searches = new WeakMap<ConsumerGroup, Promise<Coordinator>>()

/** For all fetchers, which send one heartbeat; kafkajs's own search goes on while nothing is read. */
function searchOnce(group: ConsumerGroup): Promise<Coordinator> {
  const running = searches.get(group)
  if (running !== undefined) return running
  const { cluster, groupId } = group
  const search = cluster
    .findGroupCoordinatorMetadata({ groupId, coordinatorType: groupCoordinator })
    .then(({ coordinator }) => cluster.findBroker(coordinator))
    .finally(() => searches.delete(group))
  searches.set(group, search)
  return search
}

function mendOffsets(prototype: ConsumerGroup): void {
  const { commitOffsets } = prototype
  prototype.commitOffsets = function commitToCoordinator(offsets) {
    passCoordinatorOn(this)
    return commitOffsets.call(this, offsets)
  }
}

/** Who keeps its offsets goes by the one of the join as well, and by what a commit finds out late. */
function passCoordinatorOn({ offsetManager, coordinator }: ConsumerGroup): void {
  if (offsetManager !== null) offsetManager.coordinator = coordinator
}

const connectionErrors: readonly string[] = [
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSLockTimeout',
]

function isOfCoordinator({ name, type }: KafkaError): boolean {
  return connectionErrors.includes(name) || type === 'NOT_COORDINATOR_FOR_GROUP'
}

/**
 * There is a fetcher for each broker. One that is told that a leader has moved joins the group again,
 * while the others go on: what they have fetched before comes after the join, counts as the first of
 * the new generation, and is committed, with all between the last commit and it that nobody has
 * handled. A new leader is no matter of the group, so nobody joins for it. Where partitions have come
 * or gone the consumer joins, which ends all its fetchers before. kafkajs decides which is which, and
 * finds another way to join. A broker that is not reached would end the fetchers of all others as
 * well, every two seconds; here only its own one waits, unless it is the coordinator as well.
 */
function mendRecovery(prototype: ConsumerGroup): void {
  const recover = prototype.recoverFromFetch
  prototype.recoverFromFetch = async function recoverWithoutJoin(error) {
    if (connectionErrors.includes(error.name)) {
      this.cluster.brokerPool.metadataExpireAt = null
      await waitForBroker(this, error)
      return
    }
    const joinAndSync = async () => {
      if (isOfPartitions(error)) throw mustJoin()
      await realClock.wait(leaderPause.initialMs)
    }
    const group: ConsumerGroup = Object.create(this, { joinAndSync: { value: joinAndSync } })
    await recover.call(group, error)
  }
}

/** By the monotonic clock. */
type Away = { failures: number; readonly sinceMs: number; lastMs: number; isTold: boolean }

/** Brokers by their address. */
const awayFrom = new WeakMap<ConsumerGroup, Map<string, Away>>()

async function waitForBroker(
  group: ConsumerGroup,
  { broker = '', message }: KafkaError,
): Promise<void> {
  const nowMs = realClock.monotonicMs()
  const ofGroup = awayFrom.get(group) ?? new Map<string, Away>()
  awayFrom.set(group, ofGroup)
  const known = ofGroup.get(broker)
  const isAway = known !== undefined && nowMs - known.lastMs < awayMs
  const one = isAway ? known : { failures: 0, sinceMs: nowMs, lastMs: nowMs, isTold: false }
  ofGroup.set(broker, one)
  one.failures += 1
  one.lastMs = nowMs
  if (!one.isTold && nowMs - one.sinceMs > awayMs) {
    one.isTold = true
    const fields = { groupId: group.groupId, broker, error: message, retryCount: one.failures }
    group.logger.warn('A broker is not reached, what it leads is not read', fields)
  }
  await realClock.wait(backoffMs(leaderPause, one.failures, realClock.random))
}

/** More of them than before, or a topic that is gone or was made anew. */
function isOfPartitions({ name, type }: KafkaError): boolean {
  return name === 'KafkaJSStaleTopicMetadataAssignment' || type === 'UNKNOWN_TOPIC_OR_PARTITION'
}

const halfway = new WeakSet<ConsumerGroup>()

/**
 * To join is two questions. Where the second one has no answer, kafkajs goes on with the partitions of
 * the generation before and heartbeats of the new one: to the group it is in order, while none of its
 * commits is taken and nobody reads what it was given. Until it has both answers it fetches nothing,
 * and joins again.
 */
function mendJoin(prototype: ConsumerGroup): void {
  const { joinAndSync } = prototype
  prototype.joinAndSync = async function joinInFull() {
    halfway.add(this)
    await joinAndSync.call(this)
    halfway.delete(this)
  }
}

const damagedOf = new WeakMap<ConsumerGroup, DamagedPartitions>()

function damagedPartitions(group: ConsumerGroup): DamagedPartitions {
  const known = damagedOf.get(group)
  if (known !== undefined) return known
  const tell = (message: string, fields: object) => {
    group.logger.warn(message, { groupId: group.groupId, ...fields })
  }
  const made = new DamagedPartitions({ tell, clock: realClock })
  damagedOf.set(group, made)
  return made
}

/**
 * One fetch: by the coordinator of now, which knows the offsets, by nobody who has joined by halves, and
 * not of partitions whose records were damaged a moment ago.
 */
function mendFetch(prototype: ConsumerGroup): void {
  const { fetch, getActiveTopicPartitions } = prototype
  prototype.fetch = async function fetchWhatIsWhole(nodeId) {
    if (halfway.has(this)) throw mustJoin()
    passCoordinatorOn(this)
    const batches = await fetch.call(this, nodeId)
    damagedPartitions(this).lookAt(batches)
    return batches
  }
  prototype.getActiveTopicPartitions = function activeAndWhole() {
    const active = getActiveTopicPartitions.call(this)
    for (const { topic, partition } of damagedPartitions(this).resting()) {
      active[topic]?.delete(partition)
    }
    return active
  }
}

const rebalanceInProgress = 27

/** What the consumer takes for the group's request to join again. */
function mustJoin(): Error {
  const { createErrorFromCode } = require('kafkajs/src/protocol/error') as {
    readonly createErrorFromCode: (code: number) => Error
  }
  return createErrorFromCode(rebalanceInProgress)
}
