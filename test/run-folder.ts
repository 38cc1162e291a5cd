// The temporary folder of one test run: everything that the run starts has it as its TMPDIR. So
// what the run has left behind, files or processes, is known at its end, and is removed.
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findStemming } from './find-stemming.ts'

/** Keepers tidy up after the end of those that they served. */
const tidyMsMax = 20_000
const pollMs = 50

export class RunFolder {
  readonly path: string

  constructor() {
    this.path = mkdtempSync(path.join(tmpdir(), 'sagaline-run-'))
    // Open like a real temporary folder: Postgres runs as another user than root.
    chmodSync(this.path, 0o755)
  }

  /** Ends and removes what is left after a while, and tells what that was. */
  async remove(): Promise<readonly string[]> {
    const files = () => readdirSync(this.path).filter((name) => !isOfNode(name))
    const processes = () => findStemming(this.path, this.path)
    for (let waitedMs = 0; waitedMs < tidyMsMax; waitedMs += pollMs) {
      if (files().length === 0 && processes().length === 0) break
      await sleep(pollMs)
    }
    const left = [...files(), ...processes().map(({ id, command }) => `${id} ${command}`)]
    for (const { id } of processes()) kill(id)
    rmSync(this.path, { recursive: true, force: true, maxRetries: 5 })
    return left
  }
}

function isOfNode(name: string): boolean {
  return name === 'node-compile-cache'
}

function kill(id: number): void {
  try {
    process.kill(id, 'SIGKILL')
  } catch {
    // It has ended just now.
  }
}
