// SIGSTOP and SIGCONT for processes that stay alive: nothing of them runs, and nobody is told.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { awaitUntil } from '../../system/await-until.ts'

const stopLimitMs = 5_000

/** Rejects when they did not stop; wakes them whatever happens. */
export async function freeze(pids: readonly number[], ms: number): Promise<void> {
  try {
    for (const pid of pids) process.kill(pid, 'SIGSTOP')
    await awaitUntil(`${pids.join(', ')} stand still`, () => pids.every(isStopped), stopLimitMs)
    await sleep(ms)
  } finally {
    for (const pid of pids) wake(pid)
  }
}

function isStopped(pid: number): boolean {
  if (process.platform !== 'linux') return true
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T')
}

function wake(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT')
  } catch {
    // It is gone, so there is nothing to wake.
  }
}
