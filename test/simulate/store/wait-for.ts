// A statement's wait for the end of the transaction that holds what it needs, and what ends it
// early: a circle, the limits of time, a holder whose client has fallen silent.
import { refusals } from './sim-errors.ts'
import { closesCircle, type SimTransaction } from './sim-transaction.ts'

export type WaitLimits = {
  readonly now: () => number
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
  readonly lockTimeoutMs: number
  readonly statementTimeoutMs: number
  readonly idleInTransactionTimeoutMs: number
}

type Wait = {
  readonly tx: SimTransaction
  readonly holder: SimTransaction
  /** When the statement began. */
  readonly startedAt: number
}

/** Resolves when either of the two is over. @throws 40P01, 55P03, 57014. */
export async function waitFor(limits: WaitLimits, wait: Wait): Promise<void> {
  const { tx, holder, startedAt } = wait
  const { now, lockTimeoutMs, statementTimeoutMs, idleInTransactionTimeoutMs } = limits
  if (closesCircle(tx, holder)) throw refusals.deadlock()
  const lockEnd = now() + lockTimeoutMs
  const statementEnd = startedAt + statementTimeoutMs
  while (!holder.isOver && !tx.isOver) {
    const silentSince = holder.silentSince()
    const idleEnd =
      silentSince === null ? Number.POSITIVE_INFINITY : silentSince + idleInTransactionTimeoutMs
    if (now() >= idleEnd) return holder.terminate()
    if (now() >= statementEnd) throw refusals.statementTimeout()
    if (now() >= lockEnd) throw refusals.lockTimeout()
    tx.waitsFor = holder
    tx.database.waiting.add(tx)
    await overOrAfter(limits, wait, Math.min(lockEnd, statementEnd, idleEnd) - now())
    tx.database.waiting.delete(tx)
    tx.waitsFor = null
  }
}

async function overOrAfter({ wait }: WaitLimits, { tx, holder }: Wait, ms: number): Promise<void> {
  const over = new AbortController()
  const timeout = wait(ms, over.signal)
  const ended = new Promise<void>((resolve) => {
    holder.whenOver(resolve)
    tx.whenOver(resolve)
  })
  await Promise.race([timeout, ended])
  over.abort()
}
