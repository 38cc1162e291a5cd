/** That servers end with the process that started them, however that process ends. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it } from 'vitest'
import { isAlive } from '../../local/process-tree.ts'
import { startLimitMs, until } from './bare-parts.ts'

type Held = { readonly processIds: readonly number[]; readonly dataDirs: readonly string[] }

describe('when the process that started local parts', { timeout: startLimitMs }, () => {
  it('is killed, its servers end and their folders go', async () => {
    const { holder, held } = await hold('stays')
    expect(held.processIds.filter(isAlive)).toEqual(held.processIds)
    holder.kill('SIGKILL')
    await untilGone(held)
  })

  it('gets Ctrl-C together with its whole process group, its servers end', async () => {
    const { holder, held } = await hold('stays')
    process.kill(-(holder.pid ?? Number.NaN), 'SIGINT')
    await untilGone(held)
  })

  it('crashes, its servers end', async () => {
    const { held } = await hold('throws')
    await untilGone(held)
  })

  it('has nothing more to do, it ends by itself and its servers with it', async () => {
    const { held } = await hold('returns')
    await untilGone(held)
  })
})

async function hold(howItEnds: string): Promise<{ holder: ChildProcess; held: Held }> {
  const script = path.join(import.meta.dirname, 'hold-parts.ts')
  const holder = spawn(process.execPath, [script, howItEnds], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [line] = await once(createInterface({ input: holder.stdout }), 'line')
  return { holder, held: JSON.parse(String(line)) as Held }
}

async function untilGone({ processIds, dataDirs }: Held): Promise<void> {
  await until('all processes gone', () => !processIds.some(isAlive))
  await until('all folders gone', () => !dataDirs.some(existsSync))
}
