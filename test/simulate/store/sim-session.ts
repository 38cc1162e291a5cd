// One connection to the simulated server: carries out what was sent, in the order sent, inside
// transactions or each by itself. States: open; orphaned (its client is gone, the server works off
// what had been sent); over.
import type { DbAnswer, DbQuery, Statement } from '../../../messaging/db.ts'
import type { SimDatabase } from './sim-database.ts'
import { isKept, isOfStatement, PostgresError, refusals } from './sim-errors.ts'
import type { SimStep } from './sim-seam.ts'
import type { Answer, Execution, SimStatement, Waiting } from './sim-statement.ts'
import { SimTransaction } from './sim-transaction.ts'
import { type WaitLimits, waitFor } from './wait-for.ts'

export type SessionSettings = WaitLimits & {
  readonly database: SimDatabase
  readonly step: (at: SimStep) => Promise<void> | undefined
  readonly onBug: (error: Error) => void
  /** @throws where there is none. */
  readonly statement: (sent: Statement) => SimStatement
}

type Sent = {
  readonly query: DbQuery
  readonly resolve: (answer: DbAnswer) => void
  readonly reject: (error: Error) => void
  /** Once it is not on its way any more, it must not be carried out again. */
  isArrived: boolean
}

export class SimSession {
  readonly #given: SessionSettings
  #owner: string | null
  readonly #queue: Sent[] = []
  #current: Sent | null = null
  /** Rises when what is being carried out belongs to nobody any more. */
  #epoch = 0
  #isOver = false
  /** Its client is dead, so that no promise of it settles. */
  #isMute = false
  #tx: SimTransaction | null = null
  #isInBlock = false
  readonly #orphaned = Promise.withResolvers<void>()
  #silentSince: number | null = null

  constructor(given: SessionSettings, owner: string) {
    this.#given = given
    this.#owner = owner
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Whether its client can go on using it. */
  get isUsable(): boolean {
    return !this.#isOver && this.#owner !== null
  }

  query(query: DbQuery): Promise<DbAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#isMute) return
      if (this.#wasSilentTooLong()) this.lose(refusals.idle())
      if (!this.isUsable) return reject(unusable())
      this.#queue.push({ query, resolve, reject, isArrived: false })
      if (this.#current === null) void this.#work(this.#epoch)
    })
  }

  #wasSilentTooLong(): boolean {
    const { now, idleInTransactionTimeoutMs } = this.#given
    return this.#silentSince !== null && now() - this.#silentSince >= idleInTransactionTimeoutMs
  }

  /** Its client is dead. */
  kill(sent: 'lost' | 'kept'): void {
    this.#isMute = true
    if (sent === 'kept') this.#orphan()
    else this.#close()
  }

  /** The connection breaks; what was not answered fails. */
  lose(error: Error): void {
    if (this.#isOver) return
    const waiting = this.#current === null ? this.#queue : [this.#current, ...this.#queue]
    if (!this.#isMute) for (const { reject } of waiting) reject(error)
    const isOnItsWay = this.#current?.isArrived === false
    if (isKept(error) && this.#owner !== null && isOnItsWay) this.#orphan()
    else this.#close()
  }

  #close(): void {
    this.#isOver = true
    this.#epoch += 1
    this.#queue.length = 0
    this.#tx?.rollback()
    this.#tx = null
  }

  #orphan(): void {
    if (!this.isUsable) return
    this.#owner = null
    this.#orphaned.resolve()
    const current = this.#current
    if (current === null) this.#close()
    else if (!current.isArrived) this.#takeOver(current)
  }

  /** It was on its way, in the hands of the client: from now on the server has it. */
  #takeOver(current: Sent): void {
    this.#epoch += 1
    this.#queue.unshift(current)
    void this.#work(this.#epoch)
  }

  async #work(epoch: number): Promise<void> {
    this.#silentSince = null
    for (;;) {
      const sent = this.#queue.shift()
      if (sent === undefined) break
      this.#current = sent
      try {
        const answer = await this.#carryOut(sent, epoch)
        if (this.#epoch !== epoch) return
        if (this.#owner !== null) sent.resolve(answer)
      } catch (error) {
        if (this.#epoch !== epoch) return
        if (isOfStatement(error)) sent.reject(error as Error)
        else return this.lose(error as Error)
      }
    }
    this.#current = null
    if (this.#owner === null) return this.#close()
    this.#silentSince = this.#isInBlock ? this.#given.now() : null
  }

  #carryOut(sent: Sent, epoch: number): DbAnswer | Promise<DbAnswer> {
    const { text } = sent.query
    if (text === 'begin') return this.#begin()
    if (text === 'rollback') return this.#rollback(sent, epoch)
    if (text === 'commit') return this.#commit(sent, epoch)
    return this.#run(sent, epoch)
  }

  #begin(): DbAnswer {
    this.#isInBlock = true
    this.#tx = this.#newTransaction()
    return { rows: [], rowCount: null, command: 'BEGIN' }
  }

  #newTransaction(): SimTransaction {
    return new SimTransaction(this.#given.database, {
      owner: () => this.#owner,
      silentSince: () => this.#silentSince,
      terminate: () => this.lose(refusals.idle()),
    })
  }

  async #rollback(sent: Sent, epoch: number): Promise<DbAnswer> {
    const at = { kind: 'statement', name: 'rollback', epoch } as const
    if (this.#tx !== null) await this.#arrive(sent, at)
    this.#fail()
    this.#isInBlock = false
    return { rows: [], rowCount: null, command: 'ROLLBACK' }
  }

  /** What Postgres does at an error: the locks go at once, the block stays until it is ended. */
  #fail(): void {
    this.#tx?.rollback()
    this.#tx = null
  }

  async #commit(sent: Sent, epoch: number): Promise<DbAnswer> {
    const hasWork = this.#tx?.hasWork === true
    try {
      await this.#arrive(sent, { kind: 'commit', name: 'commit', epoch })
    } catch (error) {
      if (this.#epoch === epoch && isOfStatement(error)) this.#fail()
      throw error
    }
    const tx = this.#tx
    this.#tx = null
    this.#isInBlock = false
    tx?.commit()
    if (tx !== null && hasWork) await this.#answered('commit')
    return { rows: [], rowCount: null, command: tx === null ? 'ROLLBACK' : 'COMMIT' }
  }

  async #run(sent: Sent, epoch: number): Promise<DbAnswer> {
    const { query } = sent
    const name = query.name ?? query.text
    try {
      await this.#arrive(sent, { kind: 'statement', name, epoch })
      if (this.#isInBlock && this.#tx === null) throw refusals.aborted()
      const tx = this.#tx ?? this.#newTransaction()
      this.#tx = tx
      const done = this.#orTell(() => {
        const on: Execution = { tx, now: this.#given.now }
        return this.#given.statement(query)(on, (query.values ?? []) as never)
      })
      const answer = 'next' in done ? await this.#finish(tx, done, name) : done
      if (!this.#isInBlock) await this.#commitAlone(tx, name)
      return { rows: answer.rows as DbAnswer['rows'], rowCount: answer.rowCount, command: '' }
    } catch (error) {
      if (this.#epoch === epoch) this.#fail()
      throw error
    }
  }

  async #commitAlone(tx: SimTransaction, name: string): Promise<void> {
    const { hasWork } = tx
    this.#tx = null
    tx.commit()
    if (hasWork) await this.#answered(name)
  }

  /** Goes on with a statement that may have to wait, as often as it does. */
  async #finish(tx: SimTransaction, statement: Waiting<Answer>, name: string): Promise<Answer> {
    const startedAt = this.#given.now()
    for (;;) {
      const next = this.#orTell(() => statement.next())
      if (next.done === true) return next.value
      await waitFor(this.#given, { tx, holder: next.value, startedAt })
      if (tx.isOver) return never()
      await Promise.race([this.#step('lock', name), this.#orphaned.promise])
      if (tx.isOver) return never()
    }
  }

  /** Resolves when the server has it, and never when that is for another one to carry out. */
  async #arrive(sent: Sent, at: Arrival): Promise<void> {
    const stepped = this.#step(at.kind, at.name)
    if (stepped !== undefined) await stepped
    if (this.#epoch !== at.epoch) return never()
    sent.isArrived = true
  }

  /** All is committed: whatever goes wrong now, goes wrong with the answer. */
  async #answered(name: string): Promise<void> {
    try {
      await this.#step('answer', name)
    } catch (error) {
      throw isOfStatement(error) ? new Error('terminated at the answer', { cause: error }) : error
    }
  }

  /** What a statement throws on purpose is Postgres's; all else is a bug of the simulated store. */
  #orTell<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof PostgresError)) this.#given.onBug(error as Error)
      throw error
    }
  }

  #step(kind: SimStep['kind'], name: string): Promise<void> | undefined {
    const { step, database } = this.#given
    return step({ owner: this.#owner, database: database.name, kind, name })
  }
}

type Arrival = Pick<SimStep, 'kind' | 'name'> & { readonly epoch: number }

/** Nobody waits for it any more. */
function never(): Promise<never> {
  return new Promise(() => undefined)
}

function unusable(): Error {
  return new Error('Client has encountered a connection error and is not queryable')
}
