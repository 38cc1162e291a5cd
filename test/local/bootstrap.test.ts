/** That the bootstrap installs when needed, and hands over arguments, exit codes and signals. */
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testLimitMs } from './bare-parts.ts'

const bootstrap = path.join(import.meta.dirname, '..', '..', 'local', 'bootstrap.mjs')
const lock = (version: string) => ({ packages: { '': {}, 'node_modules/node': { version } } })

describe('bootstrap', { timeout: testLimitMs }, () => {
  /** A checkout with one dependency, and an npm that only pretends. */
  let checkout: string

  beforeEach(() => {
    checkout = mkdtempSync(path.join(tmpdir(), 'sagaline-test-'))
    mkdirSync(path.join(checkout, 'local'))
    copyFileSync(bootstrap, path.join(checkout, 'local', 'bootstrap.mjs'))
    write('package-lock.json', JSON.stringify(lock('24.0.0')))
    write('script.mjs', 'process.stdout.write(process.argv.slice(2).join()); process.exitCode = 7')
    pretendNpm('exit 0')
  })

  afterEach(() => rmSync(checkout, { recursive: true, force: true }))

  it('refuses a Node that is too old in one sentence', () => {
    const versions = "{ value: { ...process.versions, node: '18.20.0' } }"
    const asOld = `data:text/javascript,Object.defineProperty(process, 'versions', ${versions})`
    const { status, stderr } = run(['--import', asOld], 'script.mjs')
    expect(stderr).toBe('sagaline: Node 18.20.0 is too old: install Node 20.19 or newer.\n')
    expect(status).toBe(1)
  })

  it('installs what is missing, then runs the script with its arguments and exit code', () => {
    pretendNpm(installing('24.0.0'))
    const { status, stdout, stderr } = run([], 'script.mjs', 'a', 'b')
    expect(stderr).toContain('npm said: ci')
    expect(stdout).toBe('a,b')
    expect(status).toBe(7)
  })

  it('installs nothing when all is there, and again when the lock file has changed', () => {
    pretendNpm(installing('24.0.0'))
    run([], 'script.mjs')
    expect(run([], 'script.mjs').stderr).toBe('')
    write('package-lock.json', JSON.stringify(lock('24.0.1')))
    expect(run([], 'script.mjs').stderr).toContain('npm said: ci')
  })

  it('says so when the install fails', () => {
    pretendNpm('echo no network >&2; exit 5')
    const { status, stderr } = run([], 'script.mjs')
    expect(stderr).toContain('no network\nsagaline: npm ci failed')
    expect(status).toBe(1)
  })

  it('passes a signal on and ends as the script ends', async () => {
    pretendNpm(installing('24.0.0'))
    const wait = 'process.on("SIGTERM", () => process.exit(3)); setInterval(() => {}, 1000)'
    write('script.mjs', `${wait}; process.stdout.write("ready")`)
    const args = [path.join(checkout, 'local', 'bootstrap.mjs'), path.join(checkout, 'script.mjs')]
    const child = spawn(process.execPath, args, {
      env: environment(),
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    await once(child.stdout, 'data')
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([3, null])
  })

  it('ends the script, once and orderly, when the one that started it has ended', async () => {
    pretendNpm(installing('24.0.0'))
    const told = 'process.stdout.write("told "); setTimeout(() => process.exit(), 1500)'
    write(
      'script.mjs',
      `process.on("SIGTERM", () => { ${told} }); setInterval(() => {}, 1000); console.log("ready")`,
    )
    const args = [path.join(checkout, 'local', 'bootstrap.mjs'), path.join(checkout, 'script.mjs')]
    const command = `"${process.execPath}" "${args.join('" "')}"; true`
    const shell = spawn('/bin/sh', ['-c', command], {
      env: environment(),
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    let output = ''
    shell.stdout.on('data', (data: Buffer) => {
      output += data
    })
    await once(shell.stdout, 'data')
    shell.kill('SIGTERM')
    // The pipe closes when the last of them has ended.
    await once(shell.stdout, 'close')
    expect(output).toBe('ready\ntold ')
  })

  function run(nodeFlags: readonly string[], script: string, ...args: string[]): Ran {
    const command = [...nodeFlags, path.join(checkout, 'local', 'bootstrap.mjs')]
    return spawnSync(process.execPath, [...command, path.join(checkout, script), ...args], {
      encoding: 'utf8',
      env: environment(),
      timeout: testLimitMs,
    })
  }

  function environment() {
    return { PATH: `${path.join(checkout, 'bin')}:/usr/bin:/bin` }
  }

  /** What a real npm ci would leave behind, as far as the bootstrap looks. */
  function installing(version: string): string {
    return [
      'echo "npm said: $1"',
      'mkdir -p node_modules/.bin node_modules/node/bin',
      `ln -sf ${process.execPath} node_modules/node/bin/node`,
      'ln -sf ../node/bin/node node_modules/.bin/node',
      `echo '${JSON.stringify(lock(version))}' > node_modules/.package-lock.json`,
    ].join('\n')
  }

  function pretendNpm(script: string): void {
    write('bin/npm', `#!/bin/sh\n${script}\n`)
    chmodSync(path.join(checkout, 'bin', 'npm'), 0o755)
  }

  function write(file: string, text: string): void {
    mkdirSync(path.dirname(path.join(checkout, file)), { recursive: true })
    writeFileSync(path.join(checkout, file), text)
  }
})

type Ran = SpawnSyncReturns<string>
