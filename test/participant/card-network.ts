// A card network to test the kit with: it knows a repeat by its key, and can be told to misbehave.
// Beside it the service's own book of what was charged.
import { Type } from 'typebox'
import type { Db } from '../../messaging/db.ts'
import {
  type Command,
  defineCommand,
  type Handler,
  handle,
  handleOutside,
  refused,
  succeeded,
} from '../../participant/index.ts'

export const bookSql = `
  create table book (saga_id uuid not null, entry text not null, receipt text not null)`

const topic = 'cards.commands'
const payload = Type.Object({ amount: Type.Integer() })

export const refund = defineCommand({ name: 'card.refund', topic, payload })
export const charge = defineCommand({
  name: 'card.charge',
  topic,
  payload,
  reply: Type.Object({ receipt: Type.String() }),
  refusal: Type.Literal('no-funds'),
  undo: refund,
})

/** Nobody has so much. */
const fundsMax = 1_000

type Done = { readonly receipt: string; readonly isDeclined: boolean }

export class CardNetwork {
  /** What it did, by the key. */
  readonly done = new Map<string, Done>()
  /** What it was asked, in order: `call` or `ask`, and the key. */
  readonly heard: string[] = []
  /** Called before and after it has done what it was called for; a throw is a lost answer. */
  before: (key: string) => Promise<void> | void = () => undefined
  after: (key: string) => Promise<void> | void = () => undefined
  beforeAsked: () => void = () => undefined
  /** Called while it is written down. */
  settling: (key: string) => Promise<void> | void = () => undefined

  async call({ id, payload: { amount } }: Command<{ amount: number }>): Promise<Done> {
    this.heard.push(`call ${id}`)
    await this.before(id)
    const known = this.done.get(id)
    const done = known ?? { receipt: `r-${this.done.size + 1}`, isDeclined: amount > fundsMax }
    this.done.set(id, done)
    await this.after(id)
    return done
  }

  async ask({ id }: Command): Promise<Done | null> {
    this.heard.push(`ask ${id}`)
    this.beforeAsked()
    return this.done.get(id) ?? null
  }

  /** Of a saga: charges less refunds. */
  balance(sagaId: string): number {
    const times = (direction: string) =>
      [...this.done].filter(
        ([key, { isDeclined }]) => key === `${sagaId}/step/${direction}/1` && !isDeclined,
      ).length
    return times('do') - times('undo')
  }

  heardOf(sagaId: string): readonly string[] {
    return this.heard
      .filter((line) => line.includes(sagaId))
      .map((line) => line.replace(`${sagaId}/step/`, ''))
  }
}

const insertSql = 'insert into book (saga_id, entry, receipt) values ($1, $2, $3)'

/** Refunds outside as well, or in the book alone. */
export function cardHandlers(network: CardNetwork, isRefundOutside = true): readonly Handler[] {
  const call = network.call.bind(network)
  const ask = network.ask.bind(network)
  const outside = handleOutside(refund, {
    call,
    ask,
    settle: async (tx, { sagaId }, { receipt }) => {
      await tx.query(insertSql, [sagaId, 'refund', receipt])
      return succeeded()
    },
  })
  const inside = handle(refund, async (tx, { id, sagaId }) => {
    await network.settling(id)
    await tx.query(insertSql, [sagaId, 'refund', 'by hand'])
    return succeeded()
  })
  const charged = handleOutside(charge, {
    call,
    ask,
    settle: async (tx, { id, sagaId }, { receipt, isDeclined }) => {
      await network.settling(id)
      await tx.query(insertSql, [sagaId, isDeclined ? 'declined' : 'charge', receipt])
      return isDeclined ? refused('no-funds') : succeeded({ receipt })
    },
  })
  return [charged, isRefundOutside ? outside : inside]
}

export async function bookOf(db: Db, sagaId: string): Promise<readonly string[]> {
  const { rows } = await db.query<{ readonly entry: string }>(
    'select entry from book where saga_id = $1 order by entry',
    [sagaId],
  )
  return rows.map(({ entry }) => entry)
}
