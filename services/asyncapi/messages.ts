// The messages of the order system, made of the contracts that its services share.
import { type TSchema, Type } from 'typebox'
import { LifecycleDataSchema } from '../../orchestrator/index.ts'
import type { CommandContract, EventContract } from '../../participant/index.ts'
import {
  commandHeaders,
  eventHeaders,
  lifecycleHeaders,
  replyHeaders,
  requestHeaders,
} from './headers.ts'

/** A message as AsyncAPI has it. */
export type MessageObject = {
  readonly name: string
  readonly summary: string
  readonly contentType: 'application/json'
  readonly headers: TSchema
  readonly payload: TSchema
  readonly bindings: { readonly kafka: { readonly key: TSchema } }
}

const sagaKey = Type.String({ description: 'The saga id.' })

type Parts = Pick<MessageObject, 'name' | 'summary' | 'headers' | 'payload'>

function message(parts: Parts, key: TSchema = sagaKey): MessageObject {
  return { ...parts, contentType: 'application/json', bindings: { kafka: { key } } }
}

export function eventMessage({ name, data: payload }: EventContract): MessageObject {
  const key = Type.String({
    description: 'The saga id, or a key of the service: one order by key.',
  })
  return message({ name, summary: 'A fact.', headers: eventHeaders(name), payload }, key)
}

export function commandMessage({ name, payload, undo }: CommandContract): MessageObject {
  const summary = undo === null ? 'A command.' : `A command; \`${undo.name}\` takes it back.`
  return message({ name, summary, headers: commandHeaders(name), payload })
}

const Failure = Type.Object({ code: Type.String(), message: Type.String() })

/** One for each way in which it can be answered. */
export function replyMessages({ name, reply, refusal }: CommandContract): readonly MessageObject[] {
  const answers = [
    { outcome: 'succeeded', payload: reply, summary: 'It is done.' },
    { outcome: 'refused', payload: refusal, summary: 'It will not be done; final.' },
    { outcome: 'failed', payload: Failure, summary: 'Not this time; it will be sent again.' },
  ]
  return answers.map(({ outcome, payload, summary }) => {
    const type = `${name}.${outcome}`
    return message({ name: type, summary, headers: replyHeaders(type, outcome), payload })
  })
}

export const lifecycleMessage = message({
  name: 'saga.lifecycle',
  summary: 'One thing that came to be of a saga.',
  headers: lifecycleHeaders,
  payload: LifecycleDataSchema,
})

const shortText = Type.String({ minLength: 1, maxLength: 200 })

export const startMessage = message(
  {
    name: 'sagaline.start-saga',
    summary: 'Starts a saga, once for each name and key.',
    headers: requestHeaders('sagaline.start-saga'),
    payload: Type.Object({
      saga: Type.String({ description: 'Its name.' }),
      key: shortText,
      input: Type.Unknown({ description: 'Fits the schema of that saga.' }),
      startAt: Type.Optional(Type.String({ format: 'date-time' })),
    }),
  },
  Type.String({ description: 'The key of the start.' }),
)

/** A saga to start for the step of another one, and to take back; answered as other commands are. */
export const childMessages = ['sagaline.run-saga', 'sagaline.undo-saga'].map((name) =>
  message({
    name,
    summary: name === 'sagaline.run-saga' ? 'Starts a child saga.' : 'Takes a child saga back.',
    headers: commandHeaders(name),
    payload: Type.Object({ saga: Type.String(), version: Type.Integer(), input: Type.Unknown() }),
  }),
)

export const signalMessage = message(
  {
    name: 'sagaline.signal',
    summary: 'Tells a saga what it waits for.',
    headers: requestHeaders('sagaline.signal'),
    payload: Type.Object({
      sagaId: Type.Optional(Type.String({ format: 'uuid' })),
      saga: Type.Optional(Type.String({ description: 'Its name, with `businessKey`.' })),
      businessKey: Type.Optional(Type.String()),
      signal: Type.String({ description: 'The name of the signal.' }),
      data: Type.Unknown({ description: 'Fits the schema of that signal.' }),
      actor: Type.Optional(Type.String({ description: 'Who says so; of an approval.' })),
    }),
  },
  Type.String({ description: 'The saga id, or the business key.' }),
)
