// One run of `npm run demo` as a person's terminal would start it: a process group of its own,
// what it says, its end, and whether anything of it is left.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { constants } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { findStemming } from '../find-stemming.ts'
import type { FreshClone } from './fresh-clone.ts'

/** With the install, and with the download of Kafka on a machine that never had it. */
const waitMsMax = 8 * 60_000
/** Keepers tidy up after their parent's end. */
const goneMsMax = 20_000
const pollMs = 50

export class DemoProcess {
  readonly #child: ChildProcess
  readonly #clone: FreshClone
  readonly #marker = `sagaline-demo-${randomUUID()}`
  readonly #ended: Promise<number | null>
  /** What it wrote to standard output, and to both. */
  stdout = ''
  output = ''

  constructor(
    clone: FreshClone,
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ) {
    this.#clone = clone
    const { folder, user } = clone
    this.#child = spawn('npm', ['run', 'demo', '--', ...args], {
      cwd: folder,
      env: { ...clone.environment, ...environment, SAGALINE_TEST_MARKER: this.#marker },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
    })
    this.#child.stdout?.on('data', (data: Buffer) => {
      this.stdout += data
      this.output += data
    })
    this.#child.stderr?.on('data', (data: Buffer) => {
      this.output += data
    })
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject)
      // npm ends itself by the signal that ended its script; shells show that as 128 and more.
      this.#child.once('close', (code, signal) =>
        resolve(signal === null ? code : 128 + constants.signals[signal]),
      )
    })
  }

  /** Its exit code, once it and all that hold its output have ended. */
  async ended(): Promise<number | null> {
    const late = AbortSignal.timeout(waitMsMax)
    return Promise.race([this.#ended, rejectedBy(late, () => this.#late('has not ended'))])
  }

  /** Resolves when it has said so; rejects when it ends without. */
  async hasSaid(text: string): Promise<void> {
    let isEnded = false
    void this.#ended.then(() => {
      isEnded = true
    })
    for (let waitedMs = 0; waitedMs < waitMsMax; waitedMs += pollMs) {
      if (this.output.includes(text)) return
      if (isEnded) throw this.#late(`ended without saying '${text}'`)
      await sleep(pollMs)
    }
    throw this.#late(`has not said '${text}'`)
  }

  /** To everything in its process group: what Ctrl-C does, or the end of the world. */
  signal(signal: 'SIGINT' | 'SIGKILL'): void {
    if (this.#child.pid !== undefined) process.kill(-this.#child.pid, signal)
  }

  /** To npm alone, as a supervisor does that knows only what it has started. */
  endNpm(): void {
    this.#child.kill('SIGTERM')
  }

  /** For what a failed test has left. */
  end(): void {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    try {
      this.signal('SIGKILL')
    } catch {
      // It has ended just now.
    }
  }

  /** The processes that it started and that still run after a while, with their commands. */
  async left(): Promise<readonly string[]> {
    const find = () => findStemming(this.#marker, this.#clone.top).map(({ command }) => command)
    let left = find()
    for (let waitedMs = 0; left.length > 0 && waitedMs < goneMsMax; waitedMs += pollMs) {
      await sleep(pollMs)
      left = find()
    }
    return left
  }

  #late(what: string): Error {
    return new Error(`the demo ${what}; it said:\n${this.output}`)
  }
}

function rejectedBy(signal: AbortSignal, reason: () => Error): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(reason())))
}
