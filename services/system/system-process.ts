// One program of the order system as a process of its own: started, stopped, killed, started
// again. It ends with the process that started it, since its IPC channel closes then.
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { inheritedEnvironment } from './config.ts'

export type ProcessOptions = {
  /** For progress lines, e.g. `payments`. */
  readonly name: string
  /** From the root of the project, e.g. `services/payments/main.ts`. */
  readonly program: string
  /** Given to the program each time that it is started. */
  readonly args?: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** Of Node, beside those of this process. */
  readonly nodeFlags?: readonly string[]
  /** Told of every line that the program writes, when somebody wants them. */
  readonly onLine?: (line: string) => void
}

/** How long a program may take to be ready, or to end when asked to. */
const startMsMax = 60_000
const stopMsMax = 40_000

export class SystemProcess {
  readonly name: string
  readonly #options: ProcessOptions
  /** The one that was started; not those of `run`. */
  #child: ChildProcess | null = null
  /** All that run, each with the promise of its end. */
  readonly #running = new Map<ChildProcess, Promise<number | null>>()
  #url = ''

  constructor(options: ProcessOptions) {
    this.name = options.name
    this.#options = options
  }

  /** Where it answers over HTTP; empty when it does not. */
  get url(): string {
    return this.#url
  }

  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  /** Runs the program to its end, e.g. with `migrate`. Rejects when it fails. */
  async run(...args: readonly string[]): Promise<void> {
    const { ended, output } = this.#fork(args)
    const code = await ended
    if (code !== 0)
      throw new Error(`${this.name} ${args.join(' ')} ended with ${code}:\n${output()}`)
  }

  /** Resolves when the program says that it is ready. */
  async start(): Promise<void> {
    const { child, ended, output } = this.#fork(this.#options.args ?? [])
    this.#child = child
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`${this.name} ${why}:\n${output()}`))
      const timer = setTimeout(() => fail('is not ready in time'), startMsMax)
      void ended.then((code) => {
        clearTimeout(timer)
        fail(`ended with ${code} before it was ready`)
      })
      child.on('message', (message) => {
        const { type, url } = message as { readonly type?: string; readonly url?: string }
        if (type !== 'ready') return
        clearTimeout(timer)
        this.#url = url ?? ''
        resolve()
      })
    })
  }

  /** Resolves when it has ended, whoever wanted it; at once when it does not run. */
  async ended(): Promise<void> {
    if (this.#child !== null) await this.#running.get(this.#child)
  }

  /** Does nothing when it has just ended. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }

  /** SIGKILL: as a crash. Resolves when it is gone. */
  async kill(): Promise<void> {
    const child = this.#child
    if (child === null) return
    child.kill('SIGKILL')
    await this.#running.get(child)
  }

  /**
   * Asks it to end, also while it is still starting or migrating, and resolves when it has; killed
   * when it takes too long. Idempotent.
   */
  async stop(): Promise<void> {
    const asked = [...this.#running]
    const killAll = () => {
      for (const [child] of asked) child.kill('SIGKILL')
    }
    for (const [child] of asked) child.kill('SIGTERM')
    const timer = setTimeout(killAll, stopMsMax)
    await Promise.all(asked.map(([, ended]) => ended))
    clearTimeout(timer)
  }

  #fork(args: readonly string[]): Forked {
    const root = new URL('../../', import.meta.url)
    const { nodeFlags = [] } = this.#options
    const program = fileURLToPath(new URL(this.#options.program, root))
    const child = fork(program, args, {
      cwd: fileURLToPath(root),
      env: { ...inheritedEnvironment, ...this.#options.environment },
      ...(nodeFlags.length > 0 && { execArgv: [...process.execArgv, ...nodeFlags] }),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    const tail = new LineTail(this.#options.onLine ?? (() => undefined))
    child.stdout?.on('data', (data: Buffer) => tail.add(String(data)))
    child.stderr?.on('data', (data: Buffer) => tail.add(String(data)))
    const ended = new Promise<number | null>((resolve) => {
      child.once('close', (code) => {
        this.#running.delete(child)
        if (this.#child === child) this.#child = null
        resolve(code)
      })
    })
    this.#running.set(child, ended)
    return { child, ended, output: () => tail.text() }
  }
}

type Forked = {
  readonly child: ChildProcess
  /** With its exit code, null after a signal. */
  readonly ended: Promise<number | null>
  /** The last lines that it wrote. */
  readonly output: () => string
}

/** Keeps the last lines of a program, for the message when it fails. */
class LineTail {
  readonly #onLine: (line: string) => void
  #lines: string[] = []
  #rest = ''

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
  }

  add(text: string): void {
    const lines = `${this.#rest}${text}`.split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#onLine(line)
    this.#lines = [...this.#lines, ...lines].slice(-40)
  }

  text(): string {
    return [...this.#lines, this.#rest].join('\n')
  }
}
