// A disk that can be filled without harm to anybody else: a tmpfs that holds the database of the
// payments. Mounting one takes root on Linux; elsewhere this says so, and the fault is not possible.
import { execFileSync } from 'node:child_process'
import { chownSync, closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { LocalConfig } from '../../local/config.ts'
import { postgresOwner } from '../../local/postgres-program.ts'
import { withClient } from './with-client.ts'

/** The rows of a run fit in, with half to spare. */
const baseMegabytes = 96
const megabytesPerMinute = 16
const fillBytes = 256 * 1024

export type SmallDisk = {
  createDatabase(adminUrl: string, name: string): Promise<void>
  /** Takes every byte that is left. */
  fill(): void
  /** Gives them back. */
  empty(): void
  unmount(): void
}

/** Answers why not where there is none. */
export async function mountSmallDisk(
  config: LocalConfig,
  minutes: number,
): Promise<SmallDisk | string> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    return 'a tmpfs can be mounted by root on Linux only'
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'sagaline-disk-'))
  const size = `size=${baseMegabytes + Math.ceil(minutes * megabytesPerMinute)}m`
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `${size},mode=700`, 'sagaline', folder])
  } catch (error) {
    rmdirSync(folder)
    return `a tmpfs cannot be mounted here: ${String(error).split('\n')[0]}`
  }
  const owner = postgresOwner(config)
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid)
  return smallDisk(folder)
}

function smallDisk(folder: string): SmallDisk {
  const filler = path.join(folder, 'filler')
  const unmount = () => {
    process.off('exit', unmount)
    execFileSync('umount', ['--lazy', folder])
    rmdirSync(folder)
  }
  // Also when the run breaks off: nobody else would.
  process.on('exit', unmount)
  return {
    createDatabase: (adminUrl, name) =>
      withClient(adminUrl, async (client) => {
        await client.query(`create tablespace small location '${folder}'`)
        await client.query(`create database ${name} tablespace small`)
      }),
    fill: () => fill(filler),
    empty: () => rmSync(filler, { force: true }),
    unmount,
  }
}

function fill(file: string): void {
  const bytes = Buffer.alloc(fillBytes)
  const handle = openSync(file, 'w')
  try {
    for (let length = fillBytes; length >= 1; ) {
      try {
        writeSync(handle, bytes, 0, length)
      } catch (error) {
        if ((error as { readonly code?: string }).code !== 'ENOSPC') throw error
        length = Math.floor(length / 2)
      }
    }
  } finally {
    closeSync(handle)
  }
}
