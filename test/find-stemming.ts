// Finds the processes that stem from a test: those that have inherited a mark from it.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'

export type Stemming = { readonly id: number; readonly command: string }

/**
 * Every process that has inherited the marker in its environment, or that is at home below the
 * folder: Postgres writes its title over its environment.
 */
export function findStemming(marker: string, folder: string): readonly Stemming[] {
  if (!existsSync('/proc/self/environ')) return findByPs(marker)
  const read = (file: string) => readFileSync(file, 'utf8').replaceAll('\0', ' ')
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((id) => {
      try {
        const isIts =
          read(`/proc/${id}/environ`).includes(marker) ||
          readlinkSync(`/proc/${id}/cwd`).startsWith(folder)
        return isIts ? [{ id: Number(id), command: read(`/proc/${id}/cmdline`) }] : []
      } catch {
        // It has just ended, or belongs to somebody else.
        return []
      }
    })
}

function findByPs(marker: string): readonly Stemming[] {
  const all = execFileSync('ps', ['axeww', '-o', 'pid=,command='], { encoding: 'utf8' })
  return all
    .split('\n')
    .filter((line) => line.includes(marker))
    .map((line) => ({ id: Number.parseInt(line, 10), command: line.trim() }))
}
