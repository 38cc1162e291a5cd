// CPU time and memory of processes by kind, from /proc: what the kernel itself accounts.
import { readFileSync } from 'node:fs'

/** Process ids by kind, e.g. `kafka`, `postgres`, `orchestrator`. */
export type ProcessKinds = Readonly<Record<string, readonly number[]>>

export type Usage = Readonly<
  Record<string, { readonly cpuSeconds: number; readonly pssMb: number }>
>

const ticksPerSecond = 100

export function readUsage(kinds: ProcessKinds): Usage {
  const entries = Object.entries(kinds).map(([kind, pids]) => [
    kind,
    {
      cpuSeconds: pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0),
      pssMb: pids.reduce((sum, pid) => sum + pssMb(pid), 0),
    },
  ])
  return Object.fromEntries(entries)
}

/** Of one process, in MB; 0 when it is gone. */
export function rssMb(pid: number): number {
  const kb = /^VmRSS:[ \t]+(\d+)/m.exec(readProc(pid, 'status') ?? '')?.[1]
  return Number(kb ?? 0) / 1024
}

/** With children that have ended and were waited for; a process that is gone counts nothing. */
function cpuSeconds(pid: number): number {
  const stat = readProc(pid, 'stat')
  if (stat === null) return 0
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  return ticks / ticksPerSecond
}

function pssMb(pid: number): number {
  const kb = /^Pss:\s+(\d+)/m.exec(readProc(pid, 'smaps_rollup') ?? '')?.[1]
  return Number(kb ?? 0) / 1024
}

function readProc(pid: number, file: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return null
  }
}
