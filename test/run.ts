// `npm test`: the checks, then every test. Arguments go to vitest: `npm test -- test/engine`.
// `npm run check` gives --checks-only: the same checks, then the tidy tests. Whatever is started
// and written meanwhile, also by a run that is interrupted, is gone at the end.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import path from 'node:path'
import { RunFolder } from './run-folder.ts'

const root = path.join(import.meta.dirname, '..')
const programs = path.join(root, 'node_modules', '.bin')
const PATH = `${programs}${path.delimiter}${process.env['PATH'] ?? ''}`
type Step = readonly [string, readonly string[]]

const checks: readonly Step[] = [
  ['biome', ['ci', '--error-on-warnings', '.']],
  ['tsc', ['-p', '.']],
  ['tsc', ['-p', 'dashboard']],
]
const tests = (...args: readonly string[]): Step => [
  'vitest',
  ['run', '--config', 'test/vitest.config.ts', ...args],
]

const folder = new RunFolder()
const interrupted = new AbortController()
let passOn: (signal: NodeJS.Signals) => void = () => undefined
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interrupted.abort()
    passOn(signal)
  })
}

let status = await runAll(stepsFor(process.argv.slice(2)))
for (const line of await folder.remove()) {
  console.error(`left behind: ${line}`)
  status ||= 1
}
process.exit(status)

function stepsFor(given: readonly string[]): readonly Step[] {
  if (given[0] === '--checks-only') return [...checks, tests('test/tidy', ...given.slice(1))]
  return given.length === 0 ? [...checks, tests()] : [tests(...given)]
}

async function runAll(steps: readonly Step[]): Promise<number> {
  for (const step of steps) {
    const code = await run(step)
    if (code !== 0) return code
  }
  return 0
}

async function run([program, args]: Step): Promise<number> {
  console.log(`> ${program} ${args.join(' ')}`)
  // What loads migrations would make a folder for what it compiled, which it never does here.
  const noCache = { JITI_FS_CACHE: 'false' }
  const env = { ...process.env, ...noCache, PATH, TMPDIR: folder.path }
  const child = spawn(program, args, { cwd: root, stdio: 'inherit', env })
  passOn = (signal) => {
    // In a terminal Ctrl-C reaches the child by itself, and twice would mean "at once".
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  }
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  if (signal !== null) return 128 + constants.signals[signal]
  return code === 0 && interrupted.signal.aborted ? 1 : (code ?? 1)
}
