// Processes that are to be frozen, one of which has ended by then: as a backend of Postgres does whose
// client left a moment before.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { awaitUntil } from '../system/await-until.ts'
import { freeze } from './faults/freeze.ts'

const children: ChildProcess[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** A process that lives on, and one of its own that has ended, with nobody to take note of it. */
async function startPair(): Promise<readonly [number, number]> {
  // A shell may take note, so its child ends when there is none any more.
  const end = 'until grep -q sleep /proc/$$/comm; do sleep 0.01; done'
  const parent = spawn('sh', ['-c', `(${end}) & echo $!; exec sleep 60`])
  children.push(parent)
  const [text] = await once(parent.stdout, 'data')
  const ended = Number(String(text))
  const hasEnded = () => readFileSync(`/proc/${ended}/stat`, 'utf8').includes(') Z ')
  await awaitUntil('the other one has ended', hasEnded)
  return [parent.pid ?? 0, ended]
}

// Elsewhere it is not seen what has stopped.
describe.runIf(existsSync('/proc/self/stat'))('processes of which one has ended', () => {
  it('are frozen as far as they are left', async () => {
    const pair = await startPair()
    await expect(freeze(pair, 1)).resolves.toBeUndefined()
  })

  it('are not frozen when none is left', async () => {
    const [, ended] = await startPair()
    await expect(freeze([ended], 1)).rejects.toThrow('stand still')
  }, 20_000)
})
