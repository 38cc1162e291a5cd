// How a member of a group of kafkajs 2.2.4 keeps its place there, and its records, when the clock is
// set back, a leader moves or an answer is lost; called by load-kafkajs.ts.
import { createRequire } from 'node:module'
import { realClock } from '../clock.ts'

const require = createRequire(import.meta.url)

type FetchError = { readonly name: string; readonly type?: string }

type ConsumerGroup = {
  lastRequest: number
  heartbeat(options: { readonly interval: number }): Promise<void>
  fetch(nodeId: string): Promise<readonly unknown[]>
  recoverFromFetch(error: FetchError): Promise<void>
  joinAndSync(): Promise<void>
}

/** Between two questions of who leads now, while the one that did says that it does not. */
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
 * is not told, goes on with them.
 */
function mendHeartbeat(prototype: ConsumerGroup): void {
  const heartbeat = prototype.heartbeat
  prototype.heartbeat = function heartbeatWhenDue(options) {
    if (this.lastRequest > realClock.now().getTime()) this.lastRequest = 0
    return heartbeat.call(this, options)
  }
}

/**
 * There is a fetcher for each broker. One that is told that a leader has moved joins the group again,
 * while the others go on: what they have fetched before comes after the join, counts as the first of
 * the new generation, and is committed, with all between the last commit and it that nobody has
 * handled. A new leader is no matter of the group, so nobody joins for it. Where partitions have come
 * or gone the consumer joins, which ends all its fetchers before. kafkajs decides which is which, and
 * finds another way to join.
 */
function mendRecovery(prototype: ConsumerGroup): void {
  const recover = prototype.recoverFromFetch
  prototype.recoverFromFetch = async function recoverWithoutJoin(error) {
    const joinAndSync = async () => {
      if (isOfPartitions(error)) throw mustJoin()
      await realClock.wait(leaderPauseMs)
    }
    const group: ConsumerGroup = Object.create(this, { joinAndSync: { value: joinAndSync } })
    await recover.call(group, error)
  }
}

/** More of them than before, or a topic that is gone or was made anew. */
function isOfPartitions({ name, type }: FetchError): boolean {
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
