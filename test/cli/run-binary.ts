// The command line as a process of its own, as a shell would start it.
import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const checkoutRoot = fileURLToPath(new URL('../..', import.meta.url))

export type Binary = {
  readonly child: ChildProcess
  /** What it has written so far. */
  readonly said: { out: string; err: string }
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number | null>
}

type Given = {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly input?: string
}

export const binary = path.join(checkoutRoot, 'orchestrator/cli/main.ts')

export function startBinary(words: readonly string[], given: Given = {}, file = binary): Binary {
  const { cwd = checkoutRoot, env = {}, input } = given
  const child = spawn(process.execPath, [file, ...words], {
    cwd,
    env: { ...process.env, ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  })
  const said = { out: '', err: '' }
  child.stdout?.on('data', (data: Buffer) => {
    said.out += data
  })
  child.stderr?.on('data', (data: Buffer) => {
    said.err += data
  })
  child.stdin?.end(input)
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => resolve(code))
  })
  return { child, said, ended }
}

export async function runBinary(words: readonly string[], given: Given = {}, file = binary) {
  const { said, ended } = startBinary(words, given, file)
  const code = await ended
  return { code, ...said }
}
