// The documents and the folders around the code are true: links, commands, quotations, protocol.
import { describe, expect, it } from 'vitest'
import {
  checkCommands,
  checkLinks,
  checkLock,
  checkMachinePaths,
  checkMigrations,
  checkProofs,
  checkTestsRun,
  checkUrlPaths,
} from './check-texts.ts'
import { codeFiles, listFiles, readSource, roomOf, toCode } from './source-tree.ts'

const files = listFiles()
const documents = files.filter((file) => file.endsWith('.md')).map(readSource)
const texts = files.filter((file) => !/\.(tgz|png|webp|ico|jar)$/.test(file)).map(readSource)
const { scripts } = JSON.parse(readSource('package.json').text)

describe('documents', () => {
  it('link to what is there', () => expect(documents.flatMap(checkLinks)).toEqual([]))

  it('name proofs that are there', () => expect(documents.flatMap(checkProofs)).toEqual([]))

  it('name commands that are there', () => {
    const names = Object.keys(scripts)
    expect(documents.flatMap((file) => checkCommands(file, names))).toEqual([])
  })

  it('quote the tests of sagas under faults as they run', () => {
    // A quotation begins at the margin.
    const flush = (text: string) => text.replace(/^ +/gm, '')
    const test = flush(readSource('test/system/injected-faults.test.ts').text)
    const page = readSource('docs/testing.md').text
    const quoted = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code)
    expect(quoted).toHaveLength(3)
    for (const code of quoted) expect(test).toContain(flush(code))
  })

  it('list every header of a message, and no other', () => {
    const headers = (text: string) => new Set(text.match(/\bce_[a-z]+\b|\btraceparent\b/g))
    const told = headers(readSource('docs/protocol.md').text)
    expect([...told].sort()).toEqual([...headers(readSource('messaging/envelope.ts').text)].sort())
  })

  it('show where every folder belongs', () => {
    const page = readSource('docs/ARCHITECTURE.md').text
    const folders = new Set(files.map(roomOf).filter((room) => /^[a-z]/.test(room)))
    expect([...folders].filter((folder) => !page.includes(`\`${folder}/\``))).toEqual([])
  })

  it('say that migrations never change', () => {
    expect(readSource('CONTRIBUTING.md').text).toContain('A migration never changes')
  })
})

describe('all files', () => {
  it('name no folder of a machine', () => expect(texts.flatMap(checkMachinePaths)).toEqual([]))
  it('make no path of a URL', () => expect(codeFiles.flatMap(checkUrlPaths)).toEqual([]))
  it('let every test run', () => expect(codeFiles.flatMap(checkTestsRun)).toEqual([]))

  it('of migrations are numbered and explained', () => {
    const migrations = files.filter((file) => roomOf(file) === 'migrations')
    expect(checkMigrations(migrations)).toEqual([])
    const silent = migrations.filter((file) => !readSource(file).text.startsWith('-- '))
    expect(silent).toEqual([])
  })

  it('that are installed are in the lock file, for every system', () => {
    expect(checkLock(JSON.parse(readSource('package-lock.json').text))).toEqual([])
  })
})

describe('a bad sample is found', () => {
  const page = (text: string) => ({ path: 'docs/x.md', text })

  it('a link to nowhere', () => {
    expect(checkLinks(page('[a](nowhere.md) [b](../README.md#x) [c](https://d.e)'))).toHaveLength(1)
  })

  it('a command that is not there', () => {
    const text = '`npm run fly`, `npm run demo`, `node nowhere/main.ts`, `node local/up.ts`'
    expect(checkCommands(page(text), ['demo'])).toHaveLength(2)
  })

  it('a proof that is not there', () => {
    const here = 'test/tidy/texts.test.ts'
    expect(checkProofs(page(`→ \`${here}\` (a proof\n  that is not there)`))).toEqual([])
    const name = ['no', 'such', 'test'].join(' ')
    expect(checkProofs(page(`→ \`${here}\` (${name}) → \`test/x.ts\``))).toHaveLength(2)
  })

  it('a folder of a machine', () => {
    const folder = ['', 'home', 'me', 'sagaline'].join('/')
    expect(checkMachinePaths(page(`see ${folder}`))).toHaveLength(1)
    expect(checkMachinePaths(page('see https://a.b/home/me and /health/live'))).toEqual([])
  })

  it('a path that is made of a URL', () => {
    const samples = ["new URL('..', import.meta.url).pathname", 'new URL(name, folder).pathname']
    const fine = 'new URL(rest).pathname\nfileURLToPath(new URL(name, import.meta.url))'
    for (const text of [...samples, 'new URL(import.meta.url).pathname']) {
      expect(checkUrlPaths(toCode('test/a.ts', text))).toHaveLength(1)
    }
    expect(checkUrlPaths(toCode('test/a.ts', fine))).toEqual([])
  })

  it('a test that does not run', () => {
    const text = "it.skip('a', f)\ndescribe.only('b', f)\nit.todo('c')\ncursor.skip(1)"
    expect(checkTestsRun(toCode('test/a.test.ts', text))).toHaveLength(3)
  })

  it('a migration out of the row', () => {
    const names = ['0001_a.sql', '0003_b.sql', 'c.sql'].map((name) => `migrations/orders/${name}`)
    expect(checkMigrations(names)).toHaveLength(2)
  })

  it('a lock file with a hole', () => {
    const needs = { optionalDependencies: { b: '1' } }
    expect(checkLock({ packages: { 'node_modules/a': needs } })).toHaveLength(1)
    expect(checkLock({ packages: { 'node_modules/a': needs, 'node_modules/b': {} } })).toEqual([])
    const nested = { 'node_modules/a': needs, 'node_modules/a/node_modules/b': {} }
    expect(checkLock({ packages: nested })).toEqual([])
  })
})
