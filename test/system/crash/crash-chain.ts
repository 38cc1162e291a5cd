// Processes that die one after the other, each in the place of the one before: the next is forked
// ahead of time, so that it only has to connect and to join when its turn comes.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { inheritedEnvironment } from '../../../services/system/config.ts'
import { type CrashPlan, crashMark } from '../crash-at.ts'

export type Crash = { readonly point: string; readonly nth: number }

export type Death = Crash & {
  /** What ended it: SIGKILL, and its own mark, when it died where it was meant to. */
  readonly signal: string | null
  readonly isMarked: boolean
  readonly tookMs: number
  /** The last it wrote, when it did not die as planned. */
  readonly output: string
}

const mayTryAgain = ({ signal, output }: Death) => signal === null && output.includes(lostItsGroup)

export type ChainOptions = {
  readonly program: string
  readonly environment: Readonly<Record<string, string>>
  readonly crashes: readonly Crash[]
  readonly lacksOf?: (point: string) => readonly string[]
  /** What makes it pass a point that the usual load does not pass; answers how to end that. */
  readonly provoke: (crash: Crash) => Promise<() => Promise<void>>
  /** Told where the one answers that lives now. */
  readonly onReady: (url: string) => void
  readonly onDeath?: () => Promise<void>
  /** A crash that has not happened by then never will. */
  readonly limitMs: number
}

const root = fileURLToPath(new URL('../../../', import.meta.url))
const outputKept = 4_000
/**
 * With sessions so short, one may lose its group on a busy machine: it says so, and ends itself to
 * be started anew. An end of any other kind is no crash that was planned.
 */
const triesMax = 3
const lostItsGroup = 'crashing.fatal'

export class Victim {
  readonly #child: ChildProcess
  readonly #loaded: Promise<void>
  readonly ended: Promise<string | null>
  #output = ''
  #mark: string | null = null
  /** Looked for as it comes: what is logged before it may be read after it, from the other pipe. */
  isMarked = false
  #onReady: (url: string) => void = () => undefined

  constructor({ program, environment }: Pick<ChainOptions, 'program' | 'environment'>) {
    this.#child = fork(program, [], {
      cwd: root,
      env: { ...inheritedEnvironment, ...environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    const hear = (data: Buffer) => {
      const text = `${this.#output}${data}`
      if (this.#mark !== null && text.includes(this.#mark)) this.isMarked = true
      this.#output = text.slice(-outputKept)
    }
    this.#child.stdout?.on('data', hear)
    this.#child.stderr?.on('data', hear)
    this.ended = once(this.#child, 'close').then(([, signal]) => signal as string | null)
    const loaded = Promise.withResolvers<void>()
    this.#child.on('message', ({ type, url }: { type: string; url?: string }) => {
      if (type === 'loaded') loaded.resolve()
      if (type === 'ready') this.#onReady(url ?? '')
    })
    void this.ended.then(() => loaded.reject(new Error(`it did not load:\n${this.#output}`)))
    this.#loaded = loaded.promise
    this.#loaded.catch(() => undefined)
  }

  get output(): string {
    return this.#output
  }

  async take(plan: CrashPlan, onReady: (url: string) => void): Promise<void> {
    await this.#loaded
    this.#onReady = onReady
    if (plan.point !== null) this.#mark = crashMark(plan.point, plan.nth)
    this.#child.send(plan)
  }

  /** Its turn begins; resolves, once it is ready, with where it answers. */
  async start(plan: CrashPlan): Promise<string> {
    const ready = Promise.withResolvers<string>()
    await this.take(plan, ready.resolve)
    return ready.promise
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.ended
  }
}

/** Resolves when all of them are dead, as planned or not. */
export async function runChain(options: ChainOptions): Promise<readonly Death[]> {
  const deaths: Death[] = []
  let next = new Victim(options)
  for (const crash of options.crashes) {
    let death: Death
    let tries = 0
    do {
      const victim = next
      next = new Victim(options)
      death = await dieAt(victim, crash, options)
      tries += 1
      await options.onDeath?.()
    } while (mayTryAgain(death) && tries < triesMax)
    deaths.push(death)
  }
  await next.kill()
  return deaths
}

async function dieAt(victim: Victim, crash: Crash, options: ChainOptions): Promise<Death> {
  const stop = await options.provoke(crash)
  const since = performance.now()
  const lacks = options.lacksOf?.(crash.point) ?? []
  await victim.take({ ...crash, lacks }, options.onReady)
  const timer = setTimeout(() => void victim.kill(), options.limitMs)
  const signal = await victim.ended
  clearTimeout(timer)
  await stop()
  const { isMarked } = victim
  const output = isMarked ? '' : victim.output
  return { ...crash, signal, isMarked, tookMs: Math.round(performance.now() - since), output }
}
