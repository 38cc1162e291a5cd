// The simulation: 20,000 sagas with a fresh seed and the seeds that once failed, the same run from
// the same seed, and planted bugs that it finds.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { plantedBugs } from './planted/planted-bugs.ts'
import { hunt } from './planted/run-planted.ts'
import { simulate } from './simulate.ts'

const root = path.join(import.meta.dirname, '..', '..')
const sagas = 20_000

/** One of each room; `npm run simulate -- --planted` hunts all of them. */
const sampled = [
  'offsets are marked past a batch that is not settled',
  'a repeated command is dropped instead of answered',
  'there is no fence',
  'an unknown outcome is not undone',
  'a publish batch is forgotten before its messages are confirmed',
  'semantic locks are kept for ever',
]

describe('the simulation', { timeout: 900_000 }, () => {
  it('breaks no promise in 20,000 sagas of a fresh seed, and meets every hazard', async () => {
    const { code, out } = await runMain(['--kept', '--sagas', String(sagas)])
    const [seed] = /^seed \d+/m.exec(out) ?? []
    console.info(`simulated with: npm run simulate -- --sagas ${sagas} --${seed}`)
    expect(code, out).toBe(0)
  })

  it('does the same for the same seed, to the last step', async () => {
    const told = { seed: 11, sagas: 30, isTold: true }
    const first = await simulate(told)
    const second = await simulate(told)
    expect(first.faults.length).toBeGreaterThan(0)
    expect(second.lines).toEqual(first.lines)
  })

  it('has a place in the product for each of at least 20 planted bugs', () => {
    expect(plantedBugs.length).toBeGreaterThanOrEqual(20)
    const homeless = plantedBugs.filter(({ file, find }) => {
      return readFileSync(path.join(root, file), 'utf8').split(find).length !== 2
    })
    expect(homeless).toEqual([])
  })

  it.each(sampled)('finds a planted bug: %s', async (name) => {
    const { found } = await hunt(plantedBugs.findIndex((bug) => bug.name === name))
    expect(found).not.toBeNull()
  })

  it('shrinks the run that found a planted bug to fewer sagas and faults', async () => {
    const name = 'commands are published before the commit'
    const { shrunk } = await hunt(
      plantedBugs.findIndex((bug) => bug.name === name),
      true,
    )
    expect(shrunk?.after.faults).toBeLessThan(shrunk?.before.faults ?? 0)
    expect(shrunk?.after.sagas).toBeLessThan(shrunk?.before.sagas ?? 0)
    expect(shrunk?.isSame).toBe(true)
  })
})

function runMain(
  args: readonly string[],
): Promise<{ readonly code: number; readonly out: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(import.meta.dirname, 'main.ts'), ...args])
    let out = ''
    const hear = (text: Buffer) => {
      out += String(text)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? 1, out }))
  })
}
