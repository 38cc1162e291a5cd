/**
 * A server that runs as a process of its own under a keeper, can be taken away and brought back on
 * the same port and data. Made by bare-kafka.ts and bare-postgres.ts.
 *
 * States: stopped → start() → running → stop() or kill() → stopped; remove() ends it for good.
 */
import { LocalPartsError, reasonOf } from './errors.ts'
import type { KeeperLink } from './keeper-link.ts'
import type { KeptCommand, OrderlyEnd } from './keeper-messages.ts'
import { processTree } from './process-tree.ts'
import type { Report } from './report.ts'

export type KeptServerOptions = {
  readonly name: string
  readonly port: number
  readonly keeper: KeeperLink
  readonly command: KeptCommand
  /** What it prints once it answers. */
  readonly readyText: string
  readonly startLimitMs: number
  readonly orderlyEnd: OrderlyEnd
  /** Told when it ends although nobody had asked for it; start() then brings it back. */
  readonly report: Report
}

export class KeptServer {
  readonly #options: KeptServerOptions
  #processId: number | undefined
  readonly name: string
  readonly port: number
  /** Removed by remove(), and by the keeper when this process ends. */
  readonly dataDir: string

  constructor(options: KeptServerOptions) {
    this.#options = options
    this.name = options.name
    this.port = options.port
    this.dataDir = options.keeper.home
    options.keeper.onEnded((reason, output) => {
      this.#processId = undefined
      options.report(`${this.name}: ended unexpectedly (${reason})\n${output}`)
    })
  }

  /** @throws LocalPartsError LOCAL_START_FAILED, its cause holding the last lines of the server */
  async start(): Promise<void> {
    if (this.#processId !== undefined) return
    const { keeper, command, readyText, startLimitMs: limitMs, orderlyEnd } = this.#options
    try {
      const done = await keeper.order({ type: 'start', command, readyText, limitMs, orderlyEnd })
      this.#processId = done.pid
    } catch (error) {
      throw explained(this.name, error)
    }
  }

  /** Orderly; the data stays. */
  async stop(): Promise<void> {
    this.#processId = undefined
    await this.#options.keeper.order({ type: 'stop' })
  }

  /** SIGKILL for the server and all its children, as if the machine had lost it; the data stays. */
  async kill(): Promise<void> {
    this.#processId = undefined
    await this.#options.keeper.order({ type: 'kill' })
  }

  /** The server and its present children; empty while it is stopped. */
  processIds(): readonly number[] {
    return this.#processId === undefined ? [] : processTree(this.#processId)
  }

  /** Stops it and removes its data; may be called again. */
  async remove(): Promise<void> {
    this.#processId = undefined
    await this.#options.keeper.close()
  }
}

/** The same error, with the server's name and what it said last in the sentence. */
export function explained(name: string, error: unknown): LocalPartsError {
  const output = error instanceof Error && error.cause instanceof Error ? error.cause.message : ''
  const lastWords = output.split('\n').slice(-8).join('\n  ')
  const detail = `${name}: ${reasonOf(error)}${lastWords ? `; it said:\n  ${lastWords}` : ''}`
  return new LocalPartsError('LOCAL_START_FAILED', detail, { cause: error })
}

export function isPortTaken(error: unknown): boolean {
  return error instanceof LocalPartsError && /address (is )?already in use/i.test(error.message)
}
