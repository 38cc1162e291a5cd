// The npm package from the outside: what it holds, that each door opens under plain Node, that its
// types hold, and that whoever follows the tutorial gets what it says, on real Kafka and Postgres.
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { openDb } from '../../messaging/db.ts'
import { workerBrokers } from '../worker-kafka.ts'
import { Follower } from './follow-tutorial.ts'
import { checkout, type PackedPackage, packPackage } from './packed-package.ts'
import { missingLines, parseTutorial, readTutorial } from './tutorial.ts'

const run = promisify(execFile)
const packMsMax = 300_000
const tutorial = readTutorial('docs/first-saga.md')
let packed: PackedPackage

beforeAll(async () => {
  packed = await packPackage()
  console.log(`installed the tarball in ${Math.round(packed.installMs)} ms`)
}, packMsMax)

afterAll(() => packed?.remove())

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
    'the types of the tutorial hold, wrong ones do not, and declarations can name those of sagas',
    async () => {
      const folder = path.join(packed.project, 'types')
      mkdirSync(folder)
      const files = tutorial.filter((doing) => doing.kind === 'file')
      expect(files.length).toBeGreaterThan(3)
      for (const { name, text } of files) {
        writeFileSync(path.join(folder, name.replace(/js$/, 'ts')), text)
      }
      writeFileSync(path.join(folder, 'wrong.ts'), wrongTypes)
      writeFileSync(path.join(folder, 'exported.ts'), exportedSagas)
      const types = path.join(checkout, 'node_modules/@types/node')
      writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(typeSettings(types)))
      const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
      const { stdout } = await run(process.execPath, [tsc, '-p', '.'], { cwd: folder }).catch(
        (error: { readonly stdout: string }) => error,
      )
      // Its sagas are not those of the project.
      rmSync(folder, { recursive: true })
      const found = stdout.match(/^[\w.-]+\.ts\(\d+/gm)
      expect(found, stdout).toEqual(['wrong.ts(6', 'wrong.ts(8'])
    },
    packMsMax,
  )

  it('the tutorial does what it says, file by file and command by command', async () => {
    const settings = {
      KAFKA_BROKERS: workerBrokers().join(','),
      DATABASE_URL: inject('postgresUrl'),
    }
    const follower = new Follower(packed.project, { ...process.env, ...settings })
    const [, ...doings] = tutorial
    let printed = ''
    try {
      for (const doing of doings) printed += await follower.follow(doing)
      const ids = [...printed.matchAll(/"id":"([\w-]+)"/g)].map(([, id]) => id)
      expect(ids).toHaveLength(2)
      expect(new Set(ids).size).toBe(1)
      // Four were asked for, and one was given back.
      expect(await roomsIn(follower.addressOf('DATABASE_URL'))).toBe(3)
    } finally {
      await follower.end()
    }
  }, 180_000)

  it('npx sagaline tells its version, and draws the saga of the tutorial', async () => {
    const npx = (...words: readonly string[]) =>
      run('npx', ['--no-install', 'sagaline', ...words], { cwd: packed.project })
    const { version } = JSON.parse(readFileSync(path.join(checkout, 'package.json'), 'utf8'))
    expect((await npx('--version')).stdout).toBe(`${version}\n`)
    expect((await npx('diagram', '--svg')).stdout).toContain('<title>book-stay version 1</title>')
  }, 120_000)

  it('a promise of a tutorial that is not kept is found', () => {
    const page = '```sh\nls\n```\n\n```text\n…  done\nall is well\n```\n'
    const [listing] = parseTutorial(page)
    expect(listing).toMatchObject({
      text: 'ls\n',
      stays: false,
      prints: ['…  done', 'all is well'],
    })
    expect(missingLines(['…  done', 'all is well'], '17  done\nall is well?')).toEqual([
      'all is well',
    ])
    expect(() => parseTutorial('```ts\nx\n```\n')).toThrow('begins with ts')
  })
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
  return { compilerOptions, include: ['*.ts'] }
}

async function roomsIn(url: string): Promise<number> {
  const db = openDb({ url, applicationName: 'pack', connectionsMax: 1 })
  const { rowCount } = await db.query('select * from rooms')
  await db.stop()
  return rowCount
}
