// The orchestrator of `sagaline dev`: a process of its own, so that changed definitions are read
// anew. States: made, running, stopped; `restart` goes from running to running, or to stopped when
// the new one does not come up. It ends with this process, by the channel between them.
import { type ChildProcess, fork } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { environmentWith } from '../config.ts'
import { cliError } from '../errors.ts'

export type DevOptions = {
  /** Of the environment, beside what is there already. */
  readonly settings: Readonly<Record<string, string>>
  /** Told of each line that it writes. */
  readonly onLine: (line: string) => void
  /** It ended by itself after it had been ready. */
  readonly onEnded: (how: string) => void
}

/** `.ts` in a checkout, `.js` in the package. */
const main = path.join(import.meta.dirname, `../../main${path.extname(import.meta.filename)}`)
const readyMsMax = 60_000
const stopMsMax = 35_000

export class DevOrchestrator {
  readonly #options: DevOptions
  #child: ChildProcess | null = null

  constructor(options: DevOptions) {
    this.#options = options
  }

  /** Makes tables and topics first. Answers where REST is. @throws DEV_ENDED */
  async start(definitions: readonly string[]): Promise<string> {
    const env = environmentWith({
      ...this.#options.settings,
      SAGALINE_DEFINITIONS: definitions.join(','),
    })
    const migrating = this.#fork(['migrate'], env)
    const how = await endOf(migrating, readyMsMax)
    if (how !== 'code 0') throw cliError('DEV_ENDED', { how })
    const child = this.#fork([], env)
    this.#child = child
    const url = await readyUrl(child)
    if (url === null) {
      this.#child = null
      throw cliError('DEV_ENDED', { how: await endOf(child, stopMsMax) })
    }
    child.once('exit', (code, signal) => {
      if (this.#child !== child) return
      this.#child = null
      this.#options.onEnded(wordsOf(code, signal))
    })
    return url
  }

  /** @throws DEV_ENDED */
  async restart(definitions: readonly string[]): Promise<string> {
    await this.stop()
    return this.start(definitions)
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null) return
    child.kill('SIGTERM')
    await endOf(child, stopMsMax)
  }

  #fork(args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
    const child = fork(main, args, {
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Ctrl-C in a terminal must not reach it before us.
      detached: true,
    })
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', this.#options.onLine)
    }
    return child
  }
}

function wordsOf(code: number | null, signal: string | null): string {
  return signal ?? `code ${code}`
}

/** Killed when it takes too long. */
function endOf(child: ChildProcess, msMax: number): Promise<string> {
  return new Promise((resolve) => {
    const tell = () => resolve(wordsOf(child.exitCode, child.signalCode))
    if (child.exitCode !== null || child.signalCode !== null) return tell()
    const overdue = setTimeout(() => child.kill('SIGKILL'), msMax)
    child.once('exit', () => {
      clearTimeout(overdue)
      tell()
    })
  })
}

/** Null when it ended first, or is not ready in time. */
function readyUrl(child: ChildProcess): Promise<string | null> {
  return new Promise((resolve) => {
    const overdue = setTimeout(() => child.kill('SIGKILL'), readyMsMax)
    const settle = (url: string | null) => {
      clearTimeout(overdue)
      resolve(url)
    }
    child.on('message', (message: { readonly type?: string; readonly url?: string }) => {
      if (message.type === 'ready') settle(message.url ?? null)
    })
    child.once('exit', () => settle(null))
  })
}
