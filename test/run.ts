// `npm test`: the checks, then every test. Arguments go to vitest: `npm test -- test/engine`.
import { spawnSync } from 'node:child_process'

const vitest = ['run', '--config', 'test/vitest.config.ts']
const given = process.argv.slice(2)

const steps: readonly (readonly [string, readonly string[]])[] = [
  ['biome', ['ci', '--error-on-warnings', '.']],
  ['tsc', ['-p', '.']],
  ['vitest', [...vitest, ...given]],
]

for (const [program, args] of given.length === 0 ? steps : steps.slice(-1)) {
  console.log(`> ${program} ${args.join(' ')}`)
  const { status } = spawnSync(program, args, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
