// A peer's program in the cache folder, beside the local parts': copied from here, and its packages
// installed by their pinned versions when it is first measured. `npm install` knows none of it.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { cacheFolder } from '../../local/cache-folder.ts'
import { readLocalConfig } from '../../local/config.ts'
import { MissingEngineError } from '../engines/engine.ts'

export type Peer = {
  readonly name: string
  /** Copied as it is, but for TypeScript, which is ours and runs from here. */
  readonly folder: string
  /** Programs and arguments, run one after the other in the copy. */
  readonly install: readonly (readonly [string, ...string[]])[]
  /** What has to be there for that, in words. */
  readonly needs: string
}

const installLimitMs = 15 * 60_000

/** Answers the folder. @throws MissingEngineError */
export async function fetchedPeer(peer: Peer, report: (line: string) => void): Promise<string> {
  const cache = await cacheFolder(readLocalConfig().cacheHome)
  const folder = path.join(cache, `peer-${peer.name}-${await fingerprint(peer.folder)}`)
  if (existsSync(folder)) return folder
  report(`fetching it, once, to ${folder}`)
  const filling = `${folder}.filling-${process.pid}`
  await mkdir(filling, { recursive: true })
  try {
    await cp(peer.folder, filling, { recursive: true, filter: isTheirs })
    for (const [program, ...args] of peer.install) await run(program, args, filling)
    await rename(filling, folder)
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n').slice(0, 3).join(' ') : error
    throw new MissingEngineError(`it needs ${peer.needs}, and could not be fetched: ${why}`)
  } finally {
    await rm(filling, { recursive: true, force: true })
  }
  return folder
}

const isTheirs = (file: string) => !file.endsWith('.ts')

async function fingerprint(folder: string): Promise<string> {
  const hash = createHash('sha256')
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter(isTheirs)
  for (const file of files.sort())
    hash.update(file.slice(folder.length)).update(await readFile(file))
  return hash.digest('hex').slice(0, 8)
}

function run(program: string, args: readonly string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd, timeout: installLimitMs }, (error, _, stderr) => {
      if (error === null) resolve()
      else reject(new Error(`${error.message} ${stderr.slice(-400)}`))
    })
  })
}
