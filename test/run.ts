// `npm test`: the checks, then every test. Arguments go to vitest: `npm test -- test/engine`.
// `npm run check` gives --checks-only: the same checks, then the tidy tests.
import { spawnSync } from 'node:child_process'
import path from 'node:path'

const root = path.join(import.meta.dirname, '..')
const programs = path.join(root, 'node_modules', '.bin')
const PATH = `${programs}${path.delimiter}${process.env['PATH'] ?? ''}`
/** Hundreds of processes are started; half of the work of each was reading the same files. */
const NODE_COMPILE_CACHE = path.join(root, 'node_modules', '.cache', 'sagaline-test')

type Step = readonly [string, readonly string[]]

const checks: readonly Step[] = [
  ['biome', ['ci', '--error-on-warnings', '.']],
  ['tsc', ['-p', '.']],
]
const tests = (...args: readonly string[]): Step => [
  'vitest',
  ['run', '--config', 'test/vitest.config.ts', ...args],
]

for (const [program, args] of stepsFor(process.argv.slice(2))) {
  console.log(`> ${program} ${args.join(' ')}`)
  const env = { ...process.env, PATH, NODE_COMPILE_CACHE }
  const { status } = spawnSync(program, args, { cwd: root, stdio: 'inherit', env })
  if (status !== 0) process.exit(status ?? 1)
}

function stepsFor(given: readonly string[]): readonly Step[] {
  if (given[0] === '--checks-only') return [...checks, tests('test/tidy', ...given.slice(1))]
  return given.length === 0 ? [...checks, tests()] : [tests(...given)]
}
