// Plants one bug after the other, each in a process of its own, and tells which promise the
// simulation found broken and after how many sagas. A bug that is not found fails.
import { spawn } from 'node:child_process'
import path from 'node:path'
import { plantedBugs } from './planted-bugs.ts'

export type Hunt = {
  readonly found: string | null
  readonly sagas: number
  readonly shrunk?: {
    readonly before: Size
    readonly after: Size
    /** The small run breaks the same when it is made again. */
    readonly isSame: boolean
  }
}

type Size = { readonly sagas: number; readonly faults: number }

const program = path.join(import.meta.dirname, 'bug-process.ts')

/** `only` is a part of the names of those that are planted. Answers the exit code. */
export async function runPlanted(only = ''): Promise<number> {
  let missed = 0
  const asked = [...plantedBugs.entries()].filter(([, { name }]) => name.includes(only))
  if (asked.length === 0) {
    console.error(`no planted bug has '${only}' in its name`)
    return 1
  }
  for (const [number, { name }] of asked) {
    const { found, sagas } = await hunt(number)
    if (found === null) missed += 1
    console.info(`${found === null ? 'MISSED' : 'found '} ${name}`)
    console.info(`         after ${sagas} sagas: ${found ?? 'nothing'}`)
  }
  console.info(missed === 0 ? 'every planted bug was found' : `${missed} were not found`)
  return missed === 0 ? 0 : 1
}

/** By the number of the bug in the list. */
export function hunt(number: number, isShrinking = false): Promise<Hunt> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [program, String(number), ...(isShrinking ? ['shrink'] : [])],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    let out = ''
    let problems = ''
    child.stdout.on('data', (text) => {
      out += String(text)
    })
    child.stderr.on('data', (text) => {
      problems += String(text)
    })
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(out.trim().split('\n').at(-1) ?? '') as Hunt)
      else reject(new Error(`the process with bug ${number} ended with ${code}: ${problems}`))
    })
  })
}
