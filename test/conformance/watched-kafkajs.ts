// What kafkajs asks brokers and is told, seen from inside of it, for the conformance tests.
import { createRequire } from 'node:module'
import { createGate } from './subscriber.ts'

const require = createRequire(import.meta.url)

type Coordinator = { readonly nodeId: number; readonly port: number }
type Search = (group: {
  readonly groupId: string
}) => Promise<{ readonly coordinator: Coordinator }>

/** Which broker each group was told; the one of a group, at the end. */
export function watchCoordinators(): { readonly end: (groupId: string) => Coordinator } {
  const { prototype } = require('kafkajs/src/cluster') as {
    readonly prototype: { findGroupCoordinatorMetadata: Search }
  }
  const search = prototype.findGroupCoordinatorMetadata
  const found = new Map<string, Coordinator>()
  prototype.findGroupCoordinatorMetadata = async function watched(group) {
    const answer = await search.call(this, group)
    found.set(group.groupId, answer.coordinator)
    return answer
  }
  const end = (groupId: string) => {
    prototype.findGroupCoordinatorMetadata = search
    const coordinator = found.get(groupId)
    if (coordinator === undefined) throw new Error(`${groupId} has no coordinator`)
    return coordinator
  }
  return { end }
}

type FetchRequest = {
  readonly topics: readonly {
    readonly topic: string
    readonly partitions: readonly { readonly partition: number; readonly fetchOffset: string }[]
  }[]
}
type FetchedPartition = { readonly messages: readonly { readonly offset: string }[] }
type Fetched = {
  readonly responses: readonly { readonly partitions: readonly FetchedPartition[] }[]
}
type Fetch = (request: FetchRequest) => Promise<Fetched>

/** What kafkajs asks the brokers for of a topic, and a way to hold back what they answer. */
export function watchFetches(topic: string) {
  const { prototype } = require('kafkajs/src/broker') as { readonly prototype: { fetch: Fetch } }
  const fetch = prototype.fetch
  const asked = new Set<number>()
  const held = createGate()
  let heldFrom = Number.POSITIVE_INFINITY
  let isHeld = false
  let refused = 0
  const note = ({ topics }: FetchRequest) => {
    for (const one of topics.filter((other) => other.topic === topic)) {
      const first = one.partitions.find(({ partition }) => partition === 0)
      if (first !== undefined) asked.add(Number(first.fetchOffset))
    }
  }
  prototype.fetch = async function watched(request) {
    note(request)
    const fetched = await fetch.call(this, request).catch((error: { readonly type?: string }) => {
      if (error.type === 'NOT_LEADER_FOR_PARTITION') refused += 1
      throw error
    })
    const offsets = fetched.responses.flatMap(({ partitions }) =>
      partitions.flatMap(({ messages }) => messages.map(({ offset }) => Number(offset))),
    )
    if (offsets.some((offset) => offset >= heldFrom)) {
      isHeld = true
      await held.passed
    }
    return fetched
  }
  return {
    askedFor: (offset: number) => asked.has(offset),
    holdFrom: (offset: number) => {
      heldFrom = offset
    },
    isHeld: () => isHeld,
    /** How often a broker said that it does not lead what it is asked for. */
    refused: () => refused,
    letGo: () => held.open(),
    end: () => {
      held.open()
      prototype.fetch = fetch
    },
  }
}
