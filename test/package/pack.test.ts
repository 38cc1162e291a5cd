// The npm package from the outside: what it holds, that each door opens under plain Node, that its
// types hold, and that the first saga of the README runs with it on real Kafka and Postgres.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { openDb } from '../../messaging/db.ts'
import { openAdminDb } from '../admin-db.ts'
import { workerBrokers } from '../worker-kafka.ts'
import { checkout, type PackedPackage, packPackage } from './packed-package.ts'

const run = promisify(execFile)
const packMsMax = 300_000
const admin = openAdminDb(inject('postgresUrl'))
let packed: PackedPackage

beforeAll(async () => {
  packed = await packPackage()
  console.log(`installed the tarball in ${Math.round(packed.installMs)} ms`)
}, packMsMax)

afterAll(async () => {
  packed?.remove()
  await admin.stop()
})

describe('the tarball', () => {
  it('holds built JavaScript, its types, the migrations, the dashboard, and nothing else', () => {
    const page = packed.files.filter((file) => file.startsWith('dist/dashboard/'))
    const files = packed.files.filter((file) => !page.includes(file))
    for (const file of ['index.html', 'licences.md', 'built-from']) {
      expect(page).toContain(`dist/dashboard/dist/${file}`)
    }
    const assets = /^dist\/dashboard\/dist\/(assets\/[\w.-]+|\w+\.\w+(\.(gz|br))?|built-from)$/
    expect(page.filter((file) => !assets.test(file))).toEqual([])
    const others = files.filter((file) => !/^dist\/.+\.(js|d\.ts)$/.test(file))
    const pages = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']
    expect(others.filter((file) => !file.startsWith('dist/migrations/')).sort()).toEqual(
      [...pages, 'dist/local/kafka-pom.xml'].sort(),
    )
    for (const set of ['messaging', 'orchestrator', 'participant']) {
      expect(others.filter((file) => file.startsWith(`dist/migrations/${set}/`))).not.toEqual([])
    }
    const scripts = files.filter((file) => file.endsWith('.js'))
    const typed = scripts.map((file) => file.replace(/\.js$/, '.d.ts'))
    expect(typed.filter((file) => !packed.files.includes(file))).toEqual([])
    expect(packed.files.filter((file) => /^dist\/(services|test)\//.test(file))).toEqual([])
  })

  it('is what package managers and bundlers expect', async () => {
    const pkgDir = path.join(packed.project, 'node_modules', 'sagaline')
    const { messages, pkg = {} } = await publint({ pkgDir, pack: false, strict: true })
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([])
  })
})

describe('in an empty project', () => {
  it.each([
    ['sagaline', ['createOrchestrator', 'defineSaga', 'migrateOrchestrator']],
    ['sagaline/client', ['ApiError', 'createClient']],
    ['sagaline/participant', ['createParticipant', 'handle', 'startSaga', 'succeeded']],
    ['sagaline/testing', ['createMemoryBroker', 'createMemoryBus']],
  ])('the door %s opens', async (door, names) => {
    const script = `console.log(JSON.stringify(Object.keys(await import('${door}'))))`
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: packed.project,
    })
    expect(JSON.parse(stdout)).toEqual(expect.arrayContaining(names))
  })

  it('nothing but the doors opens', async () => {
    const script = "await import('sagaline/dist/messaging/bus.js')"
    const opened = run(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: packed.project,
    })
    await expect(opened).rejects.toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED')
  })

  it(
    'the types of the first saga hold, wrong ones do not, and declarations can name those of sagas',
    async () => {
      cpSync(path.join(checkout, 'docs/first-saga.js'), path.join(packed.project, 'right.ts'))
      writeFileSync(path.join(packed.project, 'wrong.ts'), wrongTypes)
      writeFileSync(path.join(packed.project, 'exported.ts'), exportedSagas)
      const types = path.join(checkout, 'node_modules/@types/node')
      writeFileSync(path.join(packed.project, 'tsconfig.json'), JSON.stringify(typeSettings(types)))
      const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
      const { stdout } = await run(process.execPath, [tsc, '-p', '.'], {
        cwd: packed.project,
      }).catch((error: { readonly stdout: string }) => error)
      const found = stdout.match(/^\w+\.ts\(\d+/gm)
      expect(found, stdout).toEqual(['wrong.ts(6', 'wrong.ts(8'])
    },
    packMsMax,
  )

  it('npx sagaline runs, and dev runs the sagas of the folder', async () => {
    const npx = (...words: readonly string[]) =>
      run('npx', ['--no-install', 'sagaline', ...words], { cwd: packed.project })
    const { version } = JSON.parse(readFileSync(path.join(checkout, 'package.json'), 'utf8'))
    expect((await npx('--version')).stdout).toBe(`${version}\n`)
    writeFileSync(path.join(packed.project, 'stay.saga.js'), staySaga)
    expect((await npx('check')).stdout).toContain('✓ stay@1  stay.saga.js')
    expect((await npx('diagram', '--svg')).stdout).toContain('<title>stay version 1</title>')
    const dev = startDev()
    try {
      const { url } = await readyOf(dev)
      const started = await npx('start', 'stay', '{}', '--url', url)
      const shown = await npx('show', started.stdout.trim(), '--url', url)
      expect(shown.stdout).toMatch(/^stay@1 .+ running\n/)
      const ended = new Promise((resolve) => dev.once('exit', resolve))
      dev.kill('SIGINT')
      expect(await ended).toBe(0)
    } finally {
      dev.kill('SIGKILL')
    }
  }, 120_000)

  it('the first saga runs, on real Kafka and Postgres, over REST', async () => {
    const database = `first_saga_${randomUUID().slice(0, 8)}`
    await admin.query(`create database ${database}`)
    const url = new URL(inject('postgresUrl'))
    url.pathname = `/${database}`
    const saga = startFirstSaga(url.href)
    try {
      const rest = await addressIn(saga)
      expect(await start(rest, { cents: 9_000 })).toMatchObject({ status: 'completed' })
      expect(await start(rest, { cents: 90_000 })).toMatchObject({
        status: 'compensated',
        failure: { step: 'chargeCard', reason: 'declined' },
      })
      expect(await roomsIn(url.href)).toBe(1)
    } finally {
      saga.kill('SIGKILL')
      await admin.query(`drop database ${database} with (force)`)
    }
  }, 120_000)
})

/** Lines 6 and 8 must not compile: a payload and a reply that the contract does not have. */
const wrongTypes = `import { defineCommand, handle, succeeded } from 'sagaline/participant'
import { defineSaga } from 'sagaline'
import { Type } from 'typebox'
const N = Type.Object({ n: Type.Integer() })
const a = defineCommand({ name: 'a.a', topic: 'a', payload: N })
handle(a, async (_, { payload }) => { payload.nothing; return succeeded() })
defineSaga({ name: 'b', version: 1, input: N, steps: [{ name: 'a', send: a, kind: 'pivot' }] })
handle(a, async () => succeeded({ wrong: true }))
`

/** Sagas that another module imports: their types must have names that the doors know. */
const exportedSagas = `import { commandActor, defineCommand, defineSaga, sagaFromMachine } from 'sagaline'
import { testSaga } from 'sagaline/testing'
import { Type } from 'typebox'
import { setup } from 'xstate'
const N = Type.Object({ n: Type.Integer() })
export const a = defineCommand({ name: 'a.a', topic: 'a', payload: N })
const steps = [{ name: 'a', send: a, kind: 'pivot' }] as const
export const child = defineSaga({ name: 'child', version: 1, input: N, steps })
const machine = setup({ actors: { a: commandActor(a) } }).createMachine({
  id: 'raw',
  initial: 'x',
  states: { x: { invoke: { id: 'a', src: 'a', input: { n: 1 }, onDone: 'y' } }, y: { type: 'final' } },
})
export const raw = sagaFromMachine({ version: 1, input: N, machine, steps: { a: { kind: 'pivot' } } })
export const underTest = [testSaga(child, { n: 1 }), testSaga(raw, { n: 1 })] as const
`

/** Strict, and the declarations of the libraries are checked as well. */
function typeSettings(nodeTypes: string) {
  const compilerOptions = {
    target: 'es2023',
    module: 'nodenext',
    strict: true,
    noEmit: true,
    declaration: true,
    skipLibCheck: false,
    typeRoots: [path.dirname(nodeTypes)],
    types: ['node'],
  }
  return { compilerOptions, files: ['right.ts', 'wrong.ts', 'exported.ts'] }
}

const staySaga = `import { defineSaga } from 'sagaline'
import { defineCommand } from 'sagaline/participant'
import { Type } from 'typebox'
const payload = Type.Object({})
const book = defineCommand({ name: 'rooms.book', topic: 'rooms.commands', payload })
const steps = [{ name: 'book', send: book, kind: 'pivot' }]
export const stay = defineSaga({ name: 'stay', version: 1, input: payload, steps })
`

function startDev(): ChildProcess {
  const settings = { KAFKA_BROKERS: workerBrokers().join(','), DATABASE_URL: inject('postgresUrl') }
  const main = path.join(packed.project, 'node_modules/sagaline/dist/orchestrator/cli/main.js')
  return spawn(process.execPath, [main, 'dev', '--json', '--port', '0'], {
    cwd: packed.project,
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function readyOf(dev: ChildProcess): Promise<{ readonly url: string }> {
  const said = { out: '', err: '' }
  dev.stderr?.on('data', (data: Buffer) => {
    said.err += data
  })
  return new Promise((resolve, reject) => {
    dev.stdout?.on('data', (data: Buffer) => {
      said.out += data
      if (said.out.endsWith('\n')) resolve(JSON.parse(said.out))
    })
    dev.once('exit', () => reject(new Error(`dev ended: ${said.err}`)))
  })
}

function startFirstSaga(databaseUrl: string): ChildProcess {
  cpSync(path.join(checkout, 'docs/first-saga.js'), path.join(packed.project, 'first-saga.js'))
  const settings = {
    KAFKA_BROKERS: workerBrokers().join(','),
    DATABASE_URL: databaseUrl,
    PORT: '0',
  }
  return spawn(process.execPath, ['first-saga.js'], {
    cwd: packed.project,
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** It prints a curl line when it is ready. */
async function addressIn(saga: ChildProcess): Promise<string> {
  let text = ''
  return new Promise((resolve, reject) => {
    const read = (data: Buffer) => {
      text += data
      const url = /http:\/\/[\w.:]+\/sagas\/[\w-]+/.exec(text)?.[0]
      if (url !== undefined) resolve(url)
    }
    saga.stdout?.on('data', read)
    saga.stderr?.on('data', read)
    saga.once('exit', () => reject(new Error(`the first saga ended: ${text}`)))
  })
}

async function start(url: string, body: unknown): Promise<unknown> {
  const headers = { 'content-type': 'application/json', prefer: 'wait=30' }
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  return answer.json()
}

async function roomsIn(url: string): Promise<number> {
  const db = openDb({ url, applicationName: 'pack', connectionsMax: 1 })
  const { rowCount } = await db.query('select * from rooms')
  await db.stop()
  return rowCount
}
