// One process of the system under chaos, with somebody who starts it again whenever it has ended,
// as a platform would: also when it could not start, and when it ended by itself.
import { setTimeout as sleep } from 'node:timers/promises'
import type { SystemProcess } from '../../services/system/system-process.ts'
import { awaitUntil } from '../system/await-until.ts'

export type Role = 'orchestrator' | 'orders' | 'payments' | 'customers-view'

/** Between the end of a process and its next start, unless a fault says otherwise. */
const restartPauseMs = 500
/** Beside many others a process takes long to start, and it may have to try again. */
const upLimitMs = 180_000

export class Member {
  readonly role: Role
  readonly process: SystemProcess
  /** How often it was started again, and how often of those nobody had ended it. */
  restarts = 0
  endedByItself = 0
  #isUp = false
  #isStopping = false
  #isEndWanted = false
  #pauseMs = restartPauseMs
  #kept: Promise<void> = Promise.resolve()
  readonly #tell: (line: string) => void

  constructor(role: Role, process: SystemProcess, tell: (line: string) => void) {
    this.role = role
    this.process = process
    this.#tell = tell
  }

  get name(): string {
    return this.process.name
  }

  /** Started, and ready when it was last asked. */
  get isUp(): boolean {
    return this.#isUp
  }

  /** Resolves when it is up. */
  async start(): Promise<void> {
    this.#kept = this.#startPatiently().then(() => this.#keep())
    await this.pid()
  }

  /** SIGKILL; it is started again after the pause. Answers the id of the process that is gone. */
  kill(downMs: number): Promise<number> {
    return this.#end(downMs, () => this.process.kill())
  }

  /** As a deployment does it: asked to end, and waited for. */
  stopOnce(downMs: number): Promise<number> {
    return this.#end(downMs, () => this.process.stop())
  }

  /** The id of the running process, for signals. Rejects when none comes up. */
  pid(): Promise<number> {
    return awaitUntil(`${this.name} runs`, () => (this.#isUp ? this.process.pid : null), upLimitMs)
  }

  /** Ends it for good. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await this.process.stop()
    await this.#kept
  }

  async #end(downMs: number, end: () => Promise<void>): Promise<number> {
    const pid = await this.pid()
    this.#isEndWanted = true
    this.#pauseMs = downMs
    await end()
    return pid
  }

  async #keep(): Promise<void> {
    while (!this.#isStopping) {
      await this.process.ended()
      this.#isUp = false
      if (this.#isStopping) return
      if (!this.#isEndWanted) {
        this.endedByItself += 1
        this.#tell(`${this.name} ended by itself`)
      }
      await sleep(this.#pauseMs)
      this.#isEndWanted = false
      this.#pauseMs = restartPauseMs
      this.restarts += 1
      await this.#startPatiently()
    }
  }

  /** Until it is up: where it cannot start at the moment, it ends, and is tried again. */
  async #startPatiently(): Promise<void> {
    while (!this.#isStopping) {
      try {
        await this.process.start()
        this.#isUp = true
        return
      } catch (error) {
        this.#tell(`${this.name} did not start: ${String(error).split('\n').slice(0, 3).join(' ')}`)
        await this.process.kill()
        await sleep(restartPauseMs)
      }
    }
  }
}
