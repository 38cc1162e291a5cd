/**
 * Toxiproxy's server, built by Go from its module once and kept in the cache. Two processes may
 * build at once: each builds into a folder of its own and renames the file into place. Called by
 * toxiproxy.ts.
 */
import { existsSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import path from 'node:path'
import { cacheFolder } from './cache-folder.ts'
import type { LocalConfig } from './config.ts'
import { LocalPartsError, reasonOf } from './errors.ts'
import { KeeperLink } from './keeper-link.ts'
import { explained } from './kept-server.ts'
import { type Report, seconds, stillWorking } from './report.ts'

const toxiproxyVersion = '2.5.0'
const module = `github.com/Shopify/toxiproxy/v2/cmd/server@v${toxiproxyVersion}`
const buildLimitMs = 10 * 60_000

/** The path of the program. @throws LocalPartsError LOCAL_TOXIPROXY_UNAVAILABLE */
export async function toxiproxyProgram(config: LocalConfig, report: Report): Promise<string> {
  const cache = await cacheFolder(config.cacheHome)
  const program = path.join(cache, `toxiproxy-${toxiproxyVersion}`)
  if (!existsSync(program)) await build(program, report)
  return program
}

async function build(program: string, report: Report): Promise<void> {
  const startedAt = performance.now()
  report(`toxiproxy: building version ${toxiproxyVersion} with Go, once, to ${program}`)
  const keeper = await KeeperLink.open({ homePrefix: `${program}.building-` })
  const quiet = stillWorking(report, 'toxiproxy: still building')
  try {
    const args = [`GOBIN=${keeper.home}`, 'go', 'install', module]
    await keeper.order({ type: 'run', command: { command: 'env', args }, limitMs: buildLimitMs })
    // A program that another process put there first is the same.
    await rename(path.join(keeper.home, 'server'), program)
    report(`toxiproxy: built in ${seconds(startedAt)}`)
  } catch (error) {
    throw new LocalPartsError('LOCAL_TOXIPROXY_UNAVAILABLE', whyNot(error), { cause: error })
  } finally {
    clearInterval(quiet)
    await keeper.close()
  }
}

function whyNot(error: unknown): string {
  // `env` ends with 127 when it does not find what it should run, and may not be there itself.
  if (/code 127|ENOENT/.test(reasonOf(error))) {
    return 'it is built by Go, which was not found: install Go 1.19 or newer.'
  }
  return `Go could not build it; is its module proxy in reach? ${explained('go', error).message}`
}
