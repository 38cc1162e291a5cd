// Writes a failing run to a file: what was broken, which faults it takes, and every step with its
// virtual time and process.
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Shrunk } from './shrink.ts'
import { simulate } from './simulate.ts'

const directory = path.join(import.meta.dirname, '..', '..', '.simulate')

/** Answers the file. */
export async function writeTranscript(seed: number, { sagas, faults }: Shrunk): Promise<string> {
  const run = await simulate({ seed, sagas, only: new Set(faults), isTold: true })
  const head = [
    `seed ${seed}, ${sagas} sagas, ${faults.length} faults`,
    ...run.breaches.map(({ name, subject }) => `broken: ${name}: ${subject}`),
    ...run.faults.map(({ key, atMs, detail }) => `fault: ${atMs.toFixed(3)} ${key} ${detail}`),
    '',
  ]
  mkdirSync(directory, { recursive: true })
  const file = path.join(directory, `seed-${seed}.txt`)
  writeFileSync(file, [...head, ...run.lines, ''].join('\n'))
  return file
}
