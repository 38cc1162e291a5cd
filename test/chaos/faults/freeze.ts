// SIGSTOP and SIGCONT for processes that stay alive: nothing of them runs, and nobody is told.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { awaitUntil } from '../../system/await-until.ts'

const stopLimitMs = 5_000

/** Rejects when they did not stop; wakes them whatever happens. */
export async function freeze(pids: readonly number[], ms: number): Promise<void> {
  try {
    for (const pid of pids) signal(pid, 'SIGSTOP')
    const areStill = () => {
      const states = pids.map(stateOf)
      return states.includes('stopped') && !states.includes('runs')
    }
    await awaitUntil(`${pids.join(', ')} stand still`, areStill, stopLimitMs)
    await sleep(ms)
  } finally {
    for (const pid of pids) signal(pid, 'SIGCONT')
  }
}

/** One that ended as it was to be stopped is gone, or stays for as long as its parent stands still. */
function stateOf(pid: number): 'stopped' | 'gone' | 'runs' {
  if (process.platform !== 'linux') return 'stopped'
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const state = stat.slice(stat.lastIndexOf(')') + 2)[0]
    if (state === 'T') return 'stopped'
    return state === 'Z' ? 'gone' : 'runs'
  } catch {
    return 'gone'
  }
}

function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(pid, name)
  } catch {
    // It is gone.
  }
}
