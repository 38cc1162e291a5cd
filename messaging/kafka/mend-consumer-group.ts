// How a member of a group of kafkajs 2.2.4 keeps its place there, and its records, when the clock is
// set back, a broker goes, a leader moves or an answer is lost; called by load-kafkajs.ts.
import { createRequire } from 'node:module'
import { backoffMs, realClock } from '../clock.ts'
import { isDamaged, type RecordSet } from './whole-batches.ts'

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
  readonly logger: {
    warn(message: string, fields: object): void
    error(message: string, fields: object): void
  }
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
  fetch(nodeId: string): Promise<readonly Batch[]>
  recoverFromFetch(error: KafkaError): Promise<void>
  joinAndSync(): Promise<void>
}

/** What was read of one partition. */
type Batch = {
  readonly topic: string
  readonly partition: number
  readonly fetchedOffset: string
  readonly rawMessages: RecordSet
}

/** kafkajs's number for the coordinator of a group; the other kind is that of transactions. */
const groupCoordinator = 0

/** Between two questions of who leads now, while the one that did says that it does not, or is away. */
const leaderPause = { initialMs: 100, maxMs: 2_000 }
/** A broker that is not reached for so long is told of; so long without a failure, it was reached. */
const awayMs = 30_000
/** Between two fetches that bring nothing but damaged records, which the broker sends at once. */
const damagedPauseMs = 1_000

/** In one process once, before a consumer is made. */
export function mendConsumerGroup(): void {
  const { prototype } = require('kafkajs/src/consumer/consumerGroup') as {
    readonly prototype: ConsumerGroup
  }
  mendHeartbeat(prototype)
  mendOffsets(prototype)
  mendRecovery(prototype)
  mendJoin(prototype)
  mendDamage(prototype)
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

/** Who keeps its offsets goes by the one of the join as well, and by what a commit finds out late. */
function mendOffsets(prototype: ConsumerGroup): void {
  const { commitOffsets, fetch } = prototype
  prototype.commitOffsets = function commitToCoordinator(offsets) {
    if (this.offsetManager !== null) this.offsetManager.coordinator = this.coordinator
    return commitOffsets.call(this, offsets)
  }
  prototype.fetch = function fetchByCoordinator(nodeId) {
    if (this.offsetManager !== null) this.offsetManager.coordinator = this.coordinator
    return fetch.call(this, nodeId)
  }
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

/**
 * To join is two questions. Where the second one has no answer, kafkajs goes on with the partitions of
 * the generation before and heartbeats of the new one: to the group it is in order, while none of its
 * commits is taken and nobody reads what it was given. Until it has both answers it fetches nothing,
 * and joins again.
 */
function mendJoin(prototype: ConsumerGroup): void {
  const halfway = new WeakSet<ConsumerGroup>()
  const { joinAndSync, fetch } = prototype
  prototype.joinAndSync = async function joinInFull() {
    halfway.add(this)
    await joinAndSync.call(this)
    halfway.delete(this)
  }
  prototype.fetch = async function fetchAfterJoin(nodeId) {
    if (halfway.has(this)) throw mustJoin()
    return await fetch.call(this, nodeId)
  }
}

/** Where each partition's damaged records begin that were told of. */
const told = new WeakMap<ConsumerGroup, Map<string, string>>()

/** What is damaged is asked for until it comes whole, from this leader or its next one. */
function mendDamage(prototype: ConsumerGroup): void {
  const { fetch } = prototype
  prototype.fetch = async function fetchAndTell(nodeId) {
    const batches = await fetch.call(this, nodeId)
    const damaged = batches.filter(({ rawMessages }) => isDamaged(rawMessages))
    if (damaged.length === 0) return batches
    for (const batch of damaged) tellOfDamage(this, batch)
    const hasRecords = batches.some(({ rawMessages }) => rawMessages.length > 0)
    if (!hasRecords) await realClock.wait(damagedPauseMs)
    return batches
  }
}

function tellOfDamage(
  group: ConsumerGroup,
  { topic, partition, fetchedOffset: offset }: Batch,
): void {
  const ofGroup = told.get(group) ?? new Map<string, string>()
  told.set(group, ofGroup)
  const key = `${topic}|${partition}`
  if (ofGroup.get(key) === offset) return
  ofGroup.set(key, offset)
  const fields = { groupId: group.groupId, topic, partition, offset }
  group.logger.error(
    'Records are damaged, their partition stands there until they come whole',
    fields,
  )
}

const rebalanceInProgress = 27

/** What the consumer takes for the group's request to join again. */
function mustJoin(): Error {
  const { createErrorFromCode } = require('kafkajs/src/protocol/error') as {
    readonly createErrorFromCode: (code: number) => Error
  }
  return createErrorFromCode(rebalanceInProgress)
}
