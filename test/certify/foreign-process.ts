// A participant in another language as a process, started by the one command of its README.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { ForeignName } from '../../services/demo/full/foreign-payments.ts'

const participants = path.join(import.meta.dirname, '../../examples/participants')

/** The first time it fetches what it needs, and compiles. */
export const prepareMsMax = 600_000
const startMsMax = 120_000
const stopMsMax = 20_000
const linesKept = 200

/** Before the first start, which then is as quick as every other. */
export async function prepare(name: ForeignName): Promise<void> {
  const cwd = path.join(participants, name)
  await promisify(execFile)('sh', ['start.sh', 'prepare'], { cwd, timeout: prepareMsMax })
}

export class ForeignProcess {
  readonly name: ForeignName
  readonly lines: string[] = []
  readonly #environment: Readonly<Record<string, string>>
  #child: ChildProcess | null = null
  #ended: Promise<unknown> = Promise.resolve()

  constructor(name: ForeignName, environment: Readonly<Record<string, string>>) {
    this.name = name
    this.#environment = environment
  }

  /** Resolves when it says that it is ready. */
  async start(): Promise<void> {
    const child = spawn('sh', ['start.sh'], {
      cwd: path.join(participants, this.name),
      env: { ...process.env, ...this.#environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child = child
    this.#ended = once(child, 'close')
    const ready = new Promise<void>((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`${this.name} ${why}:\n${this.tail()}`))
      const timer = setTimeout(() => fail('is not ready in time'), startMsMax)
      createInterface(child.stdout).on('line', (line) => {
        this.lines.push(line)
        if (!line.includes('"service.ready"')) return
        clearTimeout(timer)
        resolve()
      })
      void this.#ended.then(() => {
        clearTimeout(timer)
        fail('ended before it was ready')
      })
    })
    await ready
  }

  tail(): string {
    return this.lines.slice(-linesKept).join('\n')
  }

  /** SIGKILL, as a crash. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL')
    await this.#ended
  }

  /** Asks it to end; killed when it takes too long. Idempotent. */
  async stop(): Promise<void> {
    this.#child?.kill('SIGTERM')
    const timer = setTimeout(() => this.#child?.kill('SIGKILL'), stopMsMax)
    await this.#ended
    clearTimeout(timer)
  }
}
