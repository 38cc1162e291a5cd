// How a member of a group of kafkajs 2.2.4 keeps its place there, and its records, when the clock is
// set back, a broker goes, a leader moves or an answer is lost; called by load-kafkajs.ts.
import { createRequire } from 'node:module'
import { realClock } from '../clock.ts'

const require = createRequire(import.meta.url)

type KafkaError = { readonly name: string; readonly type?: string }

type Coordinator = object

type ConsumerGroup = {
  readonly groupId: string
  readonly cluster: {
    readonly brokerPool: { metadataExpireAt: number | null }
    findGroupCoordinator(group: { readonly groupId: string }): Promise<Coordinator>
  }
  readonly offsetManager: { coordinator: Coordinator } | null
  coordinator: Coordinator
  lastRequest: number
  heartbeat(options: { readonly interval: number }): Promise<void>
  fetch(nodeId: string): Promise<readonly unknown[]>
  recoverFromFetch(error: KafkaError): Promise<void>
  joinAndSync(): Promise<void>
}

/** Between two questions of who leads now, while the one that did is away or says that it does not. */
const leaderPauseMs = 100

/** In one process once, before a consumer is made. */
export function mendConsumerGroup(): void {
  const { prototype } = require('kafkajs/src/consumer/consumerGroup') as {
    readonly prototype: ConsumerGroup
  }
  mendHeartbeat(prototype)
  mendRecovery(prototype)
  mendJoin(prototype)
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
      const { groupId } = this
      this.coordinator = await this.cluster.findGroupCoordinator({ groupId })
      if (this.offsetManager !== null) this.offsetManager.coordinator = this.coordinator
    }
  }
}

const connectionErrors: readonly string[] = [
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
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
 * well, every two seconds, and be asked who leads instead of it; here only its own one waits.
 */
function mendRecovery(prototype: ConsumerGroup): void {
  const recover = prototype.recoverFromFetch
  prototype.recoverFromFetch = async function recoverWithoutJoin(error) {
    if (connectionErrors.includes(error.name)) {
      this.cluster.brokerPool.metadataExpireAt = null
      await realClock.wait(leaderPauseMs)
      return
    }
    const joinAndSync = async () => {
      if (isOfPartitions(error)) throw mustJoin()
      await realClock.wait(leaderPauseMs)
    }
    const group: ConsumerGroup = Object.create(this, { joinAndSync: { value: joinAndSync } })
    await recover.call(group, error)
  }
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

const rebalanceInProgress = 27

/** What the consumer takes for the group's request to join again. */
function mustJoin(): Error {
  const { createErrorFromCode } = require('kafkajs/src/protocol/error') as {
    readonly createErrorFromCode: (code: number) => Error
  }
  return createErrorFromCode(rebalanceInProgress)
}
