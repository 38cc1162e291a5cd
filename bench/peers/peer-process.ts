// One program of a peer: started with its output kept in a file, ready when a line or a message
// says so, ended with the bench whatever happens.
import { type ChildProcess, spawn } from 'node:child_process'
import { openSync, writeSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'

export type PeerProcessOptions = {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** For its files, and what it writes. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** The beginning of the line that says that it is ready; null: started is enough. */
  readonly readyLine: string | null
}

const readyLimitMs = 300_000
const stopLimitMs = 15_000

export class PeerProcess {
  readonly #child: ChildProcess
  readonly #lines = new Set<(line: string) => void>()
  readonly name: string

  private constructor(options: PeerProcessOptions) {
    this.name = options.name
    const log = openSync(path.join(options.cwd, `${options.name}.log`), 'a')
    this.#child = spawn(options.command, options.args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', log],
    })
    const { stdout } = this.#child
    if (stdout !== null) {
      createInterface({ input: stdout }).on('line', (line) => {
        writeSync(log, `${line}\n`)
        for (const hear of this.#lines) hear(line)
      })
    }
    process.once('exit', () => this.#child.kill('SIGKILL'))
  }

  /** Resolves when it is ready. */
  static async start(options: PeerProcessOptions): Promise<PeerProcess> {
    const started = new PeerProcess(options)
    if (options.readyLine !== null) await started.line(options.readyLine, readyLimitMs)
    return started
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  write(line: string): void {
    this.#child.stdin?.write(`${line}\n`)
  }

  /** The next line that begins so. */
  line(beginning: string, limitMs: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer)
        this.#lines.delete(hear)
        this.#child.off('exit', onExit)
      }
      const fail = (why: string) => {
        end()
        reject(new Error(`${this.name} ${why} before it said '${beginning}'`))
      }
      const hear = (line: string) => {
        if (!line.startsWith(beginning)) return
        end()
        resolve(line)
      }
      const onExit = (code: number | null) => fail(`ended with ${code}`)
      const timer = setTimeout(() => fail('took too long'), limitMs)
      this.#lines.add(hear)
      this.#child.once('exit', onExit)
    })
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), stopLimitMs)
    await ended
    clearTimeout(timer)
  }
}
