/**
 * The near end of a keeper: starts it, passes it orders and waits for its answers. Used by
 * kept-server.ts for servers, and by kafka-jars.ts for the download.
 */
import { type ChildProcess, fork } from 'node:child_process'
import path from 'node:path'
import type { Owner } from './config.ts'
import { LocalPartsError } from './errors.ts'
import type { KeeperAnswer, KeeperOrder, KeeperRequest } from './keeper-messages.ts'

/** `.ts` in a checkout, `.js` in the npm package. */
const keeperFile = path.join(import.meta.dirname, `keeper${path.extname(import.meta.filename)}`)

const openLimitMs = 20_000
const closeLimitMs = 30_000

export type KeeperOptions = {
  /** Path of the home folder up to its random last letters. */
  readonly homePrefix: string
  /** Who owns the home folder, where that is not the caller. */
  readonly owner?: Owner | undefined
}

type Waiting = {
  readonly resolve: (answer: KeeperAnswer & { type: 'done' }) => void
  readonly reject: (error: LocalPartsError) => void
}

export class KeeperLink {
  readonly #child: ChildProcess
  #onEnded: (reason: string, output: string) => void = () => {}
  readonly #waiting = new Map<number, Waiting>()
  readonly #gone: Promise<void>
  #lastId = 0
  /** The folder that the keeper removes when it ends. */
  readonly home: string

  private constructor(child: ChildProcess, home: string) {
    this.#child = child
    this.home = home
    this.#gone = new Promise((resolve) => child.once('exit', () => resolve()))
    child.on('message', (answer: KeeperAnswer) => this.#hear(answer))
    child.once('exit', () => this.#lose())
    // Forgotten parts must not keep a process from its end; the keeper then cleans up.
    child.unref()
    this.#holdOpen()
  }

  /** @throws LocalPartsError LOCAL_KEEPER_LOST */
  static async open(options: KeeperOptions): Promise<KeeperLink> {
    const owner = options.owner ? [`${options.owner.uid}`, `${options.owner.gid}`] : []
    const child = fork(keeperFile, [options.homePrefix, ...owner], {
      detached: true,
      execArgv: [],
      // Nothing of the caller's output is inherited: a keeper that still tidies up must not hold
      // open a pipe that somebody reads to its end.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    const home = await firstWord(child, options.homePrefix)
    return new KeeperLink(child, home)
  }

  /** Told when the server ended although nobody had asked for it. */
  onEnded(listener: (reason: string, output: string) => void): void {
    this.#onEnded = listener
  }

  /** @throws LocalPartsError LOCAL_START_FAILED with the last lines printed as its cause */
  order(order: KeeperOrder): Promise<KeeperAnswer & { type: 'done' }> {
    this.#lastId += 1
    const request: KeeperRequest = { id: this.#lastId, order }
    return new Promise((resolve, reject) => {
      this.#waiting.set(request.id, { resolve, reject })
      this.#holdOpen()
      if (this.#child.connected) this.#child.send(request, (error) => error && this.#lose())
      else this.#lose()
    })
  }

  /** Stops what runs, removes the home folder and ends the keeper; may be called again. */
  async close(): Promise<void> {
    if (!this.#child.connected) return
    const overdue = setTimeout(() => this.#child.disconnect(), closeLimitMs)
    await this.order({ type: 'close' }).catch(() => {})
    await this.#gone
    clearTimeout(overdue)
  }

  #hear(answer: KeeperAnswer): void {
    if (answer.type === 'home') return
    if (answer.type === 'ended') {
      this.#onEnded(answer.reason, answer.output)
      return
    }
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    this.#holdOpen()
    if (answer.type === 'done') {
      waiting?.resolve(answer)
    } else {
      const cause = new Error(answer.output)
      waiting?.reject(new LocalPartsError('LOCAL_START_FAILED', answer.reason, { cause }))
    }
  }

  #lose(): void {
    const lost = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { reject } of lost) {
      reject(new LocalPartsError('LOCAL_KEEPER_LOST', 'it ended before it had answered.'))
    }
  }

  #holdOpen(): void {
    if (this.#waiting.size > 0) {
      this.#child.channel?.ref()
      this.#child.ref()
    } else {
      this.#child.channel?.unref()
      this.#child.unref()
    }
  }
}

function firstWord(child: ChildProcess, prefix: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      child.kill()
      reject(new LocalPartsError('LOCAL_KEEPER_LOST', `none could start for ${prefix}: ${why}.`))
    }
    const overdue = setTimeout(() => fail(`no word in ${openLimitMs} ms`), openLimitMs)
    const onExit = () => fail('it ended at once, perhaps the folder cannot be written')
    child.on('error', (error) => fail(error.message))
    child.once('exit', onExit)
    child.once('message', (answer: KeeperAnswer) => {
      clearTimeout(overdue)
      child.off('exit', onExit)
      if (answer.type === 'home') resolve(answer.path)
    })
    child.once('exit', () => clearTimeout(overdue))
  })
}
