// Processes that are to be frozen, one of which has ended by then: as a backend of Postgres does whose
// client left a moment before.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { freeze } from './faults/freeze.ts'

const children: ChildProcess[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** A process that lives on, and one of its own that has ended, with nobody to take note of it. */
async function startPair(): Promise<readonly [number, number]> {
  const parent = spawn('sh', ['-c', 'true & echo $!; exec sleep 60'])
  children.push(parent)
  const [text] = await once(parent.stdout, 'data')
  await sleep(300)
  return [parent.pid ?? 0, Number(String(text))]
}

it('freezes those that are left', async () => {
  const pair = await startPair()
  await expect(freeze(pair, 1)).resolves.toBeUndefined()
})

it.runIf(existsSync('/proc/self/stat'))(
  'says so when none is left',
  async () => {
    const [, ended] = await startPair()
    await expect(freeze([ended], 1)).rejects.toThrow('stand still')
  },
  20_000,
)
