// The commands that prove something must not end well when they were asked for nothing.
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { expect, it } from 'vitest'

const folder = path.join(import.meta.dirname, '..')

it.each([
  ['fuzz/main.ts', ['--records', 'many'], '--records must be a whole number'],
  ['fuzz/main.ts', ['--records', '0'], '--records must be a whole number'],
  ['fuzz/main.ts', ['--seed', 'x'], '--seed must be a whole number'],
  ['fuzz/rest.ts', ['--cases', '0'], '--cases must be a whole number'],
  ['explore/main.ts', ['--runs', '0'], '--runs must be a whole number'],
  ['simulate/main.ts', ['--sagas', '0'], '--sagas must be a whole number'],
  ['simulate/main.ts', ['--planted', '--only', 'no such bug'], "'no such bug'"],
])('%s %j is refused', (program, args, said) => {
  const { status, stderr } = spawnSync(process.execPath, [path.join(folder, program), ...args])
  expect(String(stderr)).toContain(said)
  expect(status).toBe(1)
})

it('the fuzzing of REST that could not begin has not succeeded', () => {
  const env = { ...process.env, PATH: '' }
  const { status, stdout } = spawnSync(process.execPath, [path.join(folder, 'fuzz/rest.ts')], {
    env,
  })
  expect(String(stdout)).toContain('Not fuzzed')
  expect(status).toBe(2)
})
