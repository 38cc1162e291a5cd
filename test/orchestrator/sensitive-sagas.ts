// A saga with sensitive fields in everything that it sends and is answered: a gift is paid for,
// wrapped and sent. Its participant does what the note in the payload says.
import { Type } from 'typebox'
import { createCipher, parseEncryptionKeys } from '../../messaging/cipher.ts'
import type { Log } from '../../messaging/log.ts'
import { defineSaga } from '../../orchestrator/index.ts'
import {
  defineCommand,
  defineEvent,
  event,
  handle,
  refused,
  sensitive,
  succeeded,
} from '../../participant/index.ts'
import { neverMs, parcelsTopic as topic } from './parcels.ts'

export const giftEventsTopic = 'gifts.events'

const secret = (byte: number) => Buffer.alloc(32, byte).toString('base64')
export const cipherOf = (...bytes: readonly number[]) =>
  createCipher(parseEncryptionKeys(bytes.map((byte) => `k${byte}:${secret(byte)}`).join(',')))

const Note = Type.Enum(['works', 'refuses', 'throws', 'misfits'])
export const Gift = Type.Object(
  { card: sensitive(Type.String({ minLength: 1 })), note: Note },
  { additionalProperties: false },
)
const reply = Type.Object({ receipt: sensitive(Type.String()), shop: Type.String() })
const refusal = Type.Object({ why: Type.String(), card: sensitive(Type.String()) })

const payBack = defineCommand({ name: 'gifts.pay-back', topic, payload: Gift, reply })
const pay = defineCommand({
  name: 'gifts.pay',
  topic,
  payload: Gift,
  reply,
  refusal,
  undo: payBack,
})
const unwrap = defineCommand({ name: 'gifts.unwrap', topic, payload: Gift, refusal })
const wrap = defineCommand({
  name: 'gifts.wrap',
  topic,
  payload: Gift,
  reply,
  refusal,
  undo: unwrap,
})
const paid = defineEvent({ name: 'gift.paid', topic: giftEventsTopic, data: Gift })

export const sendGift = defineSaga({
  name: 'send-gift',
  version: 1,
  input: Gift,
  retry: { timeoutMs: neverMs, attempts: 1 },
  steps: [
    { name: 'pay', send: pay, with: ({ input }) => ({ ...input, note: 'works' }) as const },
    {
      name: 'wrap',
      send: wrap,
      with: ({ input, reply: repliedBy }) => {
        const { receipt } = repliedBy(pay)
        if (input.note === 'misfits') throw new Error(`no ribbon for ${receipt}`)
        return { card: receipt, note: input.note }
      },
    },
  ],
})

/** The same, about the person whose card it is. */
export const sendOwnGift = defineSaga({
  name: 'send-own-gift',
  version: 1,
  input: Gift,
  subject: ({ card }) => card,
  retry: { timeoutMs: neverMs, attempts: 1 },
  steps: [
    { name: 'pay', send: pay, with: ({ input }) => ({ ...input, note: 'works' }) as const },
    {
      name: 'wrap',
      send: wrap,
      with: ({ input }) => {
        if (input.note === 'misfits') throw new Error('no ribbon')
        return input
      },
    },
  ],
})

/** What its handlers got, and what they answer by the note. */
export function giftHandlers() {
  const got: string[] = []
  const answer = (contract: typeof pay | typeof wrap) =>
    handle(contract, async (_, { payload: { card, note } }) => {
      got.push(card)
      if (note === 'throws') throw new Error(`cannot charge ${card}`)
      if (note === 'refuses') return refused({ why: 'out of paper', card })
      const events = [event(paid, { data: { card, note } })]
      return succeeded({ receipt: `receipt of ${card}`, shop: 'corner' }, { events })
    })
  const handlers = [
    answer(pay),
    answer(wrap),
    handle(payBack, async (_, { payload }) => {
      got.push(payload.card)
      return succeeded({ receipt: `back to ${payload.card}`, shop: 'corner' })
    }),
    handle(unwrap, async () => succeeded()),
  ]
  return { handlers, got }
}

/** Everything that is logged, with what errors hide from JSON. */
export function listeningLog(): { readonly log: Log; readonly lines: readonly string[] } {
  const lines: string[] = []
  const show = (_: string, value: unknown): unknown =>
    value instanceof Error ? { ...value, text: value.stack, cause: value.cause } : value
  const write = (name: string, fields?: unknown) =>
    void lines.push(`${name} ${JSON.stringify(fields, show)}`)
  return { log: { debug: write, info: write, warn: write, error: write }, lines }
}
