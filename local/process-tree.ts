/**
 * Which processes stem from one process, and whether a process still runs. Called by the keeper
 * to kill a server with everything it started, and by benches that account for CPU.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** The process and all its descendants, itself first; only itself where neither /proc nor ps is. */
export function processTree(processId: number): readonly number[] {
  const found = [processId]
  for (let at = 0; at < found.length; at += 1) {
    found.push(...childrenOf(found[at] ?? processId))
  }
  return found
}

/** A zombie counts as gone: nothing of it runs, and its reaping is up to its parent. */
export function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
  try {
    const stat = readFileSync(`/proc/${processId}/stat`, 'utf8')
    const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3)
    return state !== 'Z' && state !== 'X'
  } catch {
    return process.platform !== 'linux'
  }
}

function childrenOf(processId: number): readonly number[] {
  try {
    const path = `/proc/${processId}/task/${processId}/children`
    return numbersIn(readFileSync(path, 'utf8'))
  } catch {
    return process.platform === 'linux' ? [] : childrenByPs(processId)
  }
}

function childrenByPs(processId: number): readonly number[] {
  try {
    const table = execFileSync('ps', ['-A', '-o', 'ppid=,pid='], { encoding: 'utf8' })
    const rows = table.split('\n').map(numbersIn)
    return rows.flatMap(([parent, child]) => (parent === processId && child ? [child] : []))
  } catch {
    return []
  }
}

function numbersIn(text: string): readonly number[] {
  return text.split(/\s+/).filter(Boolean).map(Number)
}
