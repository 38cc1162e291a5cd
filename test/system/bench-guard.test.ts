// A saga may not become much dearer unnoticed: its CPU time, as a multiple of what the floor of
// Kafka and Postgres takes for the same in the same run, so that a busy machine counts for both.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { readReport, runOf } from '../../bench/measurement.ts'

/**
 * Twice of what was measured when this was written, on a machine with much else to do. With many in
 * flight, since batches that the scheduler cuts short weigh less there.
 */
const floorsMax = 11
const inFlight = 256
const runLimitMs = 240_000

const program = fileURLToPath(new URL('../../bench/main.ts', import.meta.url))

it('a saga takes no more CPU than some floors', { timeout: runLimitMs + 10_000 }, async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'sagaline-guard-'))
  const file = path.join(folder, 'report.json')
  const engines = ['sagaline', 'floor', 'floor-apart']
  const load = ['--c', String(inFlight), '--seconds', '6', '--warm-up', '4']
  try {
    const output = await run([program, ...load, '--engine', engines.join(), '--json', file])
    const { runs, disagreements } = await readReport(file)
    const [one, floor] = [runOf(runs, 'sagaline', inFlight), runOf(runs, 'floor', inFlight)]
    const floors = (one?.cpuPer1000All ?? Number.NaN) / (floor?.cpuPer1000All ?? Number.NaN)
    console.log(`[bench] a saga takes ${floors.toFixed(1)} floors of CPU`)
    expect(disagreements, output).toEqual(Object.fromEntries(engines.map((name) => [name, 0])))
    expect(runOf(runs, 'floor-apart', inFlight)?.cpuPer1000['floor'], output).toBeGreaterThan(0)
    expect(floors, output).toBeGreaterThan(1)
    expect(floors, output).toBeLessThan(floorsMax)
  } finally {
    await rm(folder, { recursive: true })
  }
})

/** Rejects with what it said when it fails. */
function run(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { timeout: runLimitMs }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`${error.message}\n${stdout}\n${stderr}`))
    })
  })
}
