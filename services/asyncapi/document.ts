// The channels of the order system as an AsyncAPI 3.0 document, made of the contracts that its
// services share. docs/asyncapi.json is this, written by a test.
import type { CommandContract, EventContract } from '../../participant/index.ts'
import * as orders from '../contracts/orders.ts'
import * as payments from '../contracts/payments.ts'
import {
  childMessages,
  commandMessage,
  eventMessage,
  lifecycleMessage,
  type MessageObject,
  replyMessages,
  signalMessage,
  startMessage,
} from './messages.ts'

type Ref = { readonly $ref: string }

type Channel = {
  readonly address: string
  readonly description: string
  readonly messages: Readonly<Record<string, Ref>>
}

type Operation = {
  readonly action: 'send' | 'receive'
  readonly summary: string
  readonly channel: Ref
  readonly messages: readonly Ref[]
  readonly reply?: { readonly channel: Ref; readonly messages: readonly Ref[] }
}

export type AsyncApiDocument = {
  readonly asyncapi: '3.0.0'
  readonly info: Readonly<Record<'title' | 'version' | 'description', string>>
  readonly defaultContentType: string
  readonly channels: Readonly<Record<string, Channel>>
  readonly operations: Readonly<Record<string, Operation>>
  readonly components: { readonly messages: Readonly<Record<string, MessageObject>> }
}

const all: readonly unknown[] = [...Object.values(orders), ...Object.values(payments)]
const has = (value: unknown, name: string) => Object.hasOwn(Object(value), name)

/** What is told and what is asked for, of all contracts. */
export const events = all.filter((one): one is EventContract => has(one, 'check'))
export const commands = all.filter((one): one is CommandContract => has(one, 'checkPayload'))

const repliesTopic = 'sagaline.replies'

/** What a topic carries, and what it is for. */
type Topic = {
  readonly topic: string
  readonly description: string
  readonly messages: readonly MessageObject[]
}

function topics(): readonly Topic[] {
  const byTopic = (contracts: readonly { readonly topic: string }[]) => [
    ...new Set(contracts.map(({ topic }) => topic)),
  ]
  return [
    ...byTopic(events).map((topic) => ({
      topic,
      description: 'Facts of a service, for whoever wants to hear of them.',
      messages: events.filter((one) => one.topic === topic).map(eventMessage),
    })),
    {
      topic: 'sagaline.events',
      description: 'What happens to sagas. At least once; `seq` in the payload decides the order.',
      messages: [lifecycleMessage],
    },
    ...byTopic(commands).map((topic) => ({
      topic,
      description: 'Commands to a service.',
      messages: commands.filter((one) => one.topic === topic).map(commandMessage),
    })),
    {
      topic: repliesTopic,
      description: 'Answers to the orchestrator.',
      messages: commands.flatMap(replyMessages),
    },
    {
      topic: 'sagaline.starts',
      description: 'Sagas to start: what services ask for, and child sagas.',
      messages: [startMessage, ...childMessages],
    },
    { topic: 'sagaline.signals', description: 'Signals to sagas.', messages: [signalMessage] },
  ]
}

const channelRef = (topic: string): Ref => ({ $ref: `#/channels/${topic}` })
const messageRef = (topic: string, name: string): Ref => {
  return { $ref: `#/channels/${topic}/messages/${name}` }
}

/** `version`: of the package. */
export function asyncApiDocument(version: string): AsyncApiDocument {
  const known = topics()
  const channels = known.map(({ topic, description, messages }) => {
    const refs = messages.map(({ name }) => [name, { $ref: `#/components/messages/${name}` }])
    const channel = { address: topic, description, messages: Object.fromEntries(refs) }
    return [topic, channel] as const
  })
  const messages = known.flatMap((topic) => topic.messages.map((one) => [one.name, one] as const))
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Sagaline: the order system',
      version,
      description:
        'Kafka topics and what they carry: CloudEvents 1.0 in binary content mode, attributes as headers. See docs/protocol.md and docs/events.md.',
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(channels),
    operations: operationsOf(known),
    components: { messages: Object.fromEntries(messages) },
  }
}

/** As the system does it: it tells events, asks its services, and takes starts and signals. */
function operationsOf(known: readonly Topic[]): AsyncApiDocument['operations'] {
  const asked = new Set(commands.map(({ topic }) => topic))
  const received = new Set(['sagaline.starts', 'sagaline.signals'])
  const others = known
    .filter(({ topic }) => !asked.has(topic) && topic !== repliesTopic)
    .map(({ topic, description, messages }): readonly [string, Operation] => [
      topic,
      {
        action: received.has(topic) ? 'receive' : 'send',
        summary: description,
        channel: channelRef(topic),
        messages: messages.map(({ name }) => messageRef(topic, name)),
      },
    ])
  return Object.fromEntries([...others, ...commands.map(commandOperation)])
}

function commandOperation(command: CommandContract): readonly [string, Operation] {
  const { name, topic } = command
  const replies = replyMessages(command).map((reply) => messageRef(repliesTopic, reply.name))
  return [
    name,
    {
      action: 'send',
      summary: 'The orchestrator asks, the service answers.',
      channel: channelRef(topic),
      messages: [messageRef(topic, name)],
      reply: { channel: channelRef(repliesTopic), messages: replies },
    },
  ]
}
