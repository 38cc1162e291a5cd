// The service of the crash tests: each command writes one row, so that SQL shows what took effect.
import type { Tx } from '../../../messaging/db.ts'
import {
  type CommandContract,
  type Handler,
  handle,
  refused,
  succeeded,
} from '../../../participant/index.ts'
import { check, put, ship, takeBack, uncheck, unwrap, type Work, wrap } from './crash-sagas.ts'

export const worksTable = `create table works (
  saga_id uuid not null,
  step text not null,
  command text not null,
  at timestamptz not null default now()
)`

/** Commands whose first try has thrown in this process. */
const thrown = new Set<string>()

type Given = {
  readonly id: string
  readonly sagaId: string
  readonly step: string
  readonly payload: Work
}

const worker = (contract: CommandContract): Handler =>
  handle(contract, async (tx: Tx, { id, sagaId, step, payload }: Given) => {
    if (payload.flaky && !thrown.has(id)) {
      thrown.add(id)
      throw new Error('not at the first try')
    }
    if (contract === (check as CommandContract) && payload.refuses) return refused('no')
    await tx.query('insert into works (saga_id, step, command) values ($1, $2, $3)', [
      sagaId,
      step,
      contract.name,
    ])
    return succeeded()
  })

export const workHandlers: readonly Handler[] = [
  put,
  takeBack,
  check,
  uncheck,
  wrap,
  unwrap,
  ship,
].map((contract) => worker(contract as CommandContract))
