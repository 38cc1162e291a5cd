// A tiny service to test the kit with: `add` puts a row into a ledger, its undo `remove` another
// with the opposite sign. The net effect of a saga is the sum of its rows.
import { Type } from 'typebox'
import type { Db } from '../../messaging/db.ts'
import {
  defineCommand,
  defineEvent,
  event,
  handle,
  handleBatch,
  refused,
  succeeded,
} from '../../participant/index.ts'

export const ledgerSql = `
  create table ledger (saga_id uuid not null, step text not null, amount integer not null)`

/** `says` makes a handler misbehave. */
const Payload = Type.Object({
  amount: Type.Integer(),
  says: Type.Optional(Type.String()),
})

export const remove = defineCommand({
  name: 'ledger.remove',
  topic: 'ledger.commands',
  payload: Payload,
})

export const add = defineCommand({
  name: 'ledger.add',
  topic: 'ledger.commands',
  payload: Payload,
  reply: Type.Object({ balance: Type.Integer() }),
  refusal: Type.Union([Type.Literal('too-much'), Type.Literal('not-today')]),
  undo: remove,
})

export const added = defineEvent({
  name: 'ledger.added',
  topic: 'ledger.events',
  data: Type.Object({ amount: Type.Integer() }),
})

export const removed = defineEvent({ ...added, name: 'ledger.removed' })

const insertSql = `
  insert into ledger (saga_id, step, amount)
  select * from unnest($1::uuid[], $2::text[], $3::integer[])`

export type LedgerOptions = {
  /** How often `says: 'throw'` throws; always unless given. */
  readonly throwsMax?: number
  /** Whether `remove` refuses, asked after it has written. */
  readonly refusesUndo?: () => boolean
}

export function ledgerHandlers(options: LedgerOptions = {}) {
  let throwsLeft = options.throwsMax ?? Number.POSITIVE_INFINITY
  const calls: string[][] = []
  const handlers = [
    handleBatch(add, async (tx, commands) => {
      calls.push(commands.map((command) => command.sagaId))
      if (commands.some(({ payload }) => payload.says === 'throw') && throwsLeft > 0) {
        throwsLeft -= 1
        throw new Error('thrown on demand')
      }
      await tx.query(insertSql, [
        commands.map((command) => command.sagaId),
        commands.map((command) => command.step),
        commands.map((command) => command.payload.amount),
      ])
      return commands.map(({ payload }) => {
        if (payload.says === 'refuse') {
          return refused('too-much', { events: [event(added, { data: { amount: 0 } })] })
        }
        const balance = payload.says === 'misfit' ? ('none' as never) : payload.amount
        return succeeded(
          { balance },
          { events: [event(added, { data: { amount: payload.amount } })] },
        )
      })
    }),
    handle(remove, async (tx, command) => {
      const { sagaId, step, payload } = command
      await tx.query(insertSql, [[sagaId], [step], [-payload.amount]])
      if (options.refusesUndo?.() === true) return refused('cannot be undone')
      return succeeded(null, { events: [event(removed, { data: { amount: payload.amount } })] })
    }),
  ]
  return { handlers, calls }
}

/** The net effect and the number of rows of a saga. */
export async function ledgerOf(db: Db, sagaId: string) {
  const { rows } = await db.query<{ sum: number; rows: number }>(
    `select coalesce(sum(amount), 0)::integer as sum, count(*)::integer as rows
     from ledger where saga_id = $1`,
    [sagaId],
  )
  return rows[0]
}
