// Somebody who follows a tutorial: one shell for its commands, as in a terminal, and a process for each
// command that stays. Where the text has an address of `sagaline dev`, what that printed takes its place.
import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Doing, missingLines } from './tutorial.ts'

/** Of one block: the longest is the wait until Kafka gives a dead member up. */
const blockMsMax = 60_000
const pollMs = 50
const addressOfText = 'http://127.0.0.1:3000'

export class Follower {
  readonly #folder: string
  readonly #shell: ChildProcess
  readonly #env: NodeJS.ProcessEnv
  readonly #staying: ChildProcess[] = []
  #printed = ''
  /** What the commands that stay have printed. */
  #addresses = ''
  #blocks = 0

  constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.#folder = folder
    this.#env = env
    // A group of its own, so that what it started ends with it.
    this.#shell = spawn('bash', [], { cwd: folder, env, detached: true })
    for (const stream of [this.#shell.stdout, this.#shell.stderr]) {
      stream?.on('data', (data: Buffer) => {
        this.#printed += data
      })
    }
  }

  /** Does one thing of the text. Answers what was printed. @throws Error for what the text promised in vain */
  async follow(doing: Doing): Promise<string> {
    if (doing.kind === 'file') {
      writeFileSync(path.join(this.#folder, doing.name), doing.text)
      return ''
    }
    return doing.stays ? this.#stay(doing.text, doing.prints) : this.#type(doing.text, doing.prints)
  }

  /** What `sagaline dev` printed last for a variable. */
  addressOf(name: string): string {
    return [...this.#addresses.matchAll(new RegExp(`${name}=(\\S+)`, 'g'))].at(-1)?.[1] ?? ''
  }

  async end(): Promise<void> {
    for (const child of this.#staying) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const ended = new Promise((resolve) => child.once('exit', resolve))
      process.kill(-(child.pid ?? 0), 'SIGINT')
      await ended
    }
    process.kill(-(this.#shell.pid ?? 0), 'SIGKILL')
  }

  async #type(text: string, promised: readonly string[]): Promise<string> {
    this.#blocks += 1
    const mark = `block ${this.#blocks} ended with`
    const from = this.#printed.length
    this.#shell.stdin?.write(`${this.#localized(text)}\necho "${mark} $?"\n`)
    const printed = () => this.#printed.slice(from)
    await until(() => printed().includes(mark) && missingLines(promised, printed()).length === 0)
    const missing = missingLines(promised, printed())
    if (!printed().includes(`${mark} 0`) || missing.length > 0) {
      throw new Error(`${text}\nprinted:\n${printed()}\nmissing:\n${missing.join('\n')}`)
    }
    return printed()
  }

  /** On a free port, since somebody else may have the usual one. */
  async #stay(text: string, promised: readonly string[]): Promise<string> {
    const child = spawn('bash', ['-c', `exec ${text.trim()} --port 0`], {
      cwd: this.#folder,
      env: this.#env,
      detached: true,
    })
    this.#staying.push(child)
    let printed = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data: Buffer) => {
        printed += data
      })
    }
    const url = () => /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0] ?? addressOfText
    const missing = () =>
      missingLines(
        promised.map((line) => line.replace(addressOfText, url())),
        printed,
      )
    await until(() => missing().length === 0 || child.exitCode !== null)
    if (missing().length > 0) {
      throw new Error(`${text}\nprinted:\n${printed}\nmissing:\n${missing().join('\n')}`)
    }
    this.#addresses += printed
    this.#shell.stdin?.write(`export SAGALINE_URL=${url()}\n`)
    return printed
  }

  /** `NAME=…` is what was printed last for it, as a reader copies it. */
  #localized(text: string): string {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(this.#addresses)?.[0] ?? addressOfText
    return text
      .replaceAll(addressOfText, url)
      .replace(/\b([A-Z_]+)=…/g, (_, name: string) => `${name}=${this.addressOf(name)}`)
  }
}

async function until(isDone: () => boolean): Promise<void> {
  for (let waitedMs = 0; waitedMs < blockMsMax && !isDone(); waitedMs += pollMs) await sleep(pollMs)
}
