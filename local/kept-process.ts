/**
 * One child process of a keeper, with the last lines it printed and the ways to end it. Used only
 * by keeper.ts.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KeptCommand } from './keeper-messages.ts'
import { isAlive, processTree } from './process-tree.ts'

const keptLinesMax = 40
const keptLineLengthMax = 400
const killLimitMs = 5_000
const killPollMs = 10
const outputLimitMs = 300

export class KeptProcess {
  readonly #child: ChildProcess
  readonly #lines: string[] = []
  #onLine: (line: string) => void = () => {}
  #endReason: string | undefined
  /** Resolves with the reason once the process has ended and its output was read. */
  readonly ended: Promise<string>

  constructor(command: KeptCommand, cwd: string) {
    this.#child = spawn(command.command, command.args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(command.owner ?? {}),
    })
    this.ended = new Promise((resolve) => {
      this.#child.once('error', (error) => this.#end(error.message, resolve))
      this.#child.once('exit', (code, signal) => {
        const end = () => this.#end(code === null ? `signal ${signal}` : `code ${code}`, resolve)
        this.#child.once('close', end)
        // A grandchild that keeps the pipe open must not hold the answer up.
        setTimeout(end, outputLimitMs)
      })
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#keep(line))
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get isRunning(): boolean {
    return this.#endReason === undefined
  }

  get output(): string {
    return this.#lines.join('\n')
  }

  printed(text: string): Promise<void> {
    return new Promise((resolve) => {
      this.#onLine = (line) => {
        if (line.includes(text)) resolve()
      }
    })
  }

  /** Asks it to end; at the limit kills it. */
  async stop(signal: NodeJS.Signals, limitMs: number): Promise<void> {
    if (!this.isRunning) return
    this.#child.kill(signal)
    const limit = new AbortController()
    const inTime = this.ended.then(() => true)
    const late = sleep(limitMs, false, { signal: limit.signal }).catch(() => false)
    if (!(await Promise.race([inTime, late]))) await this.kill()
    limit.abort()
  }

  /** SIGKILL for it and all its descendants; resolves when none of them runs any more. */
  async kill(): Promise<void> {
    if (!this.isRunning || this.pid === 0) return
    const doomed = processTree(this.pid)
    for (const processId of doomed) killQuietly(processId)
    for (let waitedMs = 0; waitedMs < killLimitMs; waitedMs += killPollMs) {
      if (!doomed.some(isAlive)) break
      await sleep(killPollMs)
    }
    await this.ended
  }

  #keep(line: string): void {
    this.#lines.push(line.slice(0, keptLineLengthMax))
    if (this.#lines.length > keptLinesMax) this.#lines.shift()
    this.#onLine(line)
  }

  #end(reason: string, resolve: (reason: string) => void): void {
    this.#endReason ??= reason
    resolve(this.#endReason)
  }
}

function killQuietly(processId: number): void {
  try {
    process.kill(processId, 'SIGKILL')
  } catch {
    // It went by itself, which is what was wanted.
  }
}
