// The command line `sagaline` as a user runs it: a process of its own, its answer read as JSON.
import { execFile } from 'node:child_process'
import path from 'node:path'
import type { Static, TSchema } from 'typebox'
import { Check } from 'typebox/value'
import { inheritedEnvironment } from '../../system/config.ts'
import { patience } from '../demo-system.ts'

const root = path.join(import.meta.dirname, '../../..')
const program = path.join(root, 'orchestrator/cli/main.ts')

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The certificate of a participant takes longest. */
const runMsMax = 120_000
const outputBytesMax = 32 * 1024 * 1024

/** Runs it with `--json`. @throws when it fails, and when its answer does not fit the schema. */
export type Cli = <S extends TSchema>(schema: S, words: readonly string[]) => Promise<Static<S>>

/** `say` is told of each command line; secrets have no place in one. */
export function createCli(signal: AbortSignal, say: (line: string) => void): Cli {
  return async (schema, words) => {
    say(`sagaline ${words.map(shortened).join(' ')} --json`)
    const out = await run([program, ...words, '--json'], signal)
    const answer: unknown = JSON.parse(out)
    if (Check(schema as TSchema, answer)) return answer as Static<typeof schema>
    throw new Error(`sagaline ${words[0]} answered something else: ${out.slice(0, 500)}`)
  }
}

/** The sagas are read with the settings that they ran with: how often they try is among them. */
const environment = { ...inheritedEnvironment, ...patience }

/** Exit code 1 is an answer too: what was found is in it. */
function run(args: readonly string[], signal: AbortSignal): Promise<string> {
  const options = { cwd: root, env: environment, timeout: runMsMax, signal }
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [...args],
      { ...options, maxBuffer: outputBytesMax },
      (error, out, err) => {
        if (error === null || (error.code === 1 && out !== '')) resolve(out)
        else reject(signal.aborted ? signal.reason : new Error(`${error.message}\n${err}`))
      },
    )
  })
}

/** Addresses, folders and ids are long and other ones each time. */
function shortened(word: string): string {
  if (word.startsWith('postgres')) return `postgres://…${new URL(word).pathname}`
  if (uuid.test(word)) return `…${word.slice(-6)}`
  if (path.isAbsolute(word)) return `…/${path.basename(word)}`
  return /\s/.test(word) ? `'${word}'` : word
}
