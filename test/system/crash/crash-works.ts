// The service of the crash tests: each command writes one row, so that SQL shows what took effect.
// Two of them are carried out by a bank, which stands outside of the service's transactions.
import type { Db, Tx } from '../../../messaging/db.ts'
import {
  type CommandContract,
  type Handler,
  handle,
  handleOutside,
  refused,
  succeeded,
} from '../../../participant/index.ts'
import {
  charge,
  check,
  put,
  refund,
  ship,
  takeBack,
  uncheck,
  unwrap,
  type Work,
  wrap,
} from './crash-sagas.ts'

export const worksTable = `create table works (
  saga_id uuid not null,
  step text not null,
  command text not null,
  at timestamptz not null default now()
)`

/** The bank knows a repeat by its key: the id of the command. */
export const bankTable = 'create table bank (key text primary key)'

/** Commands whose first try has thrown in this process. */
const thrown = new Set<string>()

type Given = {
  readonly id: string
  readonly sagaId: string
  readonly step: string
  readonly payload: Work
}

function failFirst({ id, payload }: Given): void {
  if (!payload.flaky || thrown.has(id)) return
  thrown.add(id)
  throw new Error('not at the first try')
}

const insertWork = 'insert into works (saga_id, step, command) values ($1, $2, $3)'

const worker = (contract: CommandContract): Handler =>
  handle(contract, async (tx: Tx, given: Given) => {
    failFirst(given)
    const { sagaId, step, payload } = given
    if (contract === (check as CommandContract) && payload.refuses) return refused('no')
    await tx.query(insertWork, [sagaId, step, contract.name])
    return succeeded()
  })

/** What fails at first is its answer, which is lost on its way. */
const outsideWorker = (contract: CommandContract, bank: Db): Handler =>
  handleOutside(contract, {
    call: async (given: Given) => {
      await bank.query('insert into bank (key) values ($1) on conflict do nothing', [given.id])
      failFirst(given)
      return true
    },
    ask: async ({ id }: Given) => {
      const { rowCount } = await bank.query('select 1 from bank where key = $1', [id])
      return rowCount > 0 ? true : null
    },
    settle: async (tx: Tx, { sagaId, step }: Given) => {
      await tx.query(insertWork, [sagaId, step, contract.name])
      return succeeded()
    },
  })

const inside = [put, takeBack, check, uncheck, wrap, unwrap, ship]

/** The bank has connections of its own. */
export function workHandlers(bank: Db): readonly Handler[] {
  return [
    ...inside.map((contract) => worker(contract as CommandContract)),
    ...[charge, refund].map((contract) => outsideWorker(contract as CommandContract, bank)),
  ]
}
