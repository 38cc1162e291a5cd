// An invoice: sent on its day, and reminded of every two weeks until it is paid. Nobody pays after
// three reminders: it is withdrawn, and so are the reminders. One that is paid is filed after a day,
// in which the payment can still bounce.
import { Type } from 'typebox'
import { defineCommand, defineSaga, defineSignal } from '../../orchestrator/index.ts'

const Invoice = Type.Object({
  customer: Type.String(),
  cents: Type.Integer({ minimum: 1 }),
  sendOn: Type.String({ format: 'date' }),
})
const topic = 'invoices.commands'
const dayMs = 24 * 3_600_000

export const withdraw = defineCommand({ name: 'invoices.withdraw', topic, payload: Invoice })
export const send = defineCommand({
  name: 'invoices.send',
  topic,
  payload: Invoice,
  undo: withdraw,
})
export const apologise = defineCommand({ name: 'invoices.apologise', topic, payload: Invoice })
export const remind = defineCommand({
  name: 'invoices.remind',
  topic,
  payload: Invoice,
  undo: apologise,
})
export const file = defineCommand({ name: 'invoices.file', topic, payload: Invoice })

/** The bank tells of the payment. */
export const paid = defineSignal({ name: 'paid', data: Type.Object({ reference: Type.String() }) })

export const collectInvoice = defineSaga({
  name: 'collect-invoice',
  version: 1,
  input: Invoice,
  output: ({ signal }) => signal(paid)?.reference ?? null,
  steps: [
    { name: 'day', until: ({ input }) => input.sendOn },
    { name: 'send', send },
    {
      name: 'collect',
      repeat: [
        { name: 'payment', waitFor: paid, timeoutMs: 14 * dayMs, onTimeout: 'continue' },
        {
          name: 'late',
          choose: [
            {
              when: ({ signal }) => signal(paid) === null,
              steps: [{ name: 'remind', send: remind }],
            },
          ],
        },
      ],
      until: ({ signal }) => signal(paid) !== null,
      timesMax: 3,
    },
    { name: 'bounce', delayMs: dayMs },
    { name: 'file', kind: 'retriable', send: file },
  ],
})
