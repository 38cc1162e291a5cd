// A payment service that is no Node, in place of the Node one: started under a keeper, so that it
// ends with this process however that ends.
import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { KeeperLink } from '../../../local/keeper-link.ts'

const participants = path.join(import.meta.dirname, '../../../examples/participants')

/** The first time it fetches what it needs, and compiles. */
const prepareMsMax = 240_000
const startMsMax = 60_000
const stopMsMax = 20_000
const askMsMax = 20_000

export type ForeignName = 'java-spring' | 'python-flask'

/** What each needs on the machine. */
const needs: Readonly<Record<ForeignName, readonly (readonly string[])[]>> = {
  'java-spring': [
    ['javac', '--version'],
    ['mvn', '--version'],
  ],
  'python-flask': [
    ['python3', '-c', 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'],
  ],
}

/** In words of a sentence, beside the program that does not answer. */
const wants: Readonly<Record<ForeignName, string>> = {
  'java-spring': 'it takes a JDK 17 and Maven',
  'python-flask': 'it takes Python 3.11 or later with venv',
}

/** Why it cannot run here, in a sentence; or null. */
export async function lackOf(name: ForeignName): Promise<string | null> {
  for (const [program = '', ...args] of needs[name]) {
    const isThere = await new Promise((resolve) => {
      execFile(program, args, { timeout: askMsMax }, (error) => resolve(error === null))
    })
    if (!isThere) return `${program} ${args[0]} does not work here; ${wants[name]}`
  }
  return null
}

/** Runs `run` while the service is up. `environment` goes to the service. */
export async function withForeign<T>(
  name: ForeignName,
  environment: Readonly<Record<string, string>>,
  { signal, say }: { readonly signal: AbortSignal; readonly say: (line: string) => void },
  run: () => Promise<T>,
): Promise<T> {
  const script = path.join(participants, name, 'start.sh')
  const keeper = await KeeperLink.open({ homePrefix: path.join(tmpdir(), `sagaline-${name}-`) })
  const onAbort = () => void keeper.order({ type: 'kill' }).catch(() => undefined)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    signal.throwIfAborted()
    say('preparing it; the first time this takes some minutes')
    const prepare = { command: 'sh', args: [script, 'prepare'] }
    await keeper.order({ type: 'run', command: prepare, limitMs: prepareMsMax })
    const settings = Object.entries(environment).map(([key, value]) => `${key}=${value}`)
    const answer = await keeper.order({
      ...{ type: 'start', limitMs: startMsMax, readyText: '"service.ready"' },
      command: { command: 'env', args: [...settings, 'sh', script] },
      orderlyEnd: { signal: 'SIGTERM', limitMs: stopMsMax },
    })
    say(`process ${answer.pid} is the payment service now`)
    return await run()
  } finally {
    signal.removeEventListener('abort', onAbort)
    await keeper.close()
  }
}
