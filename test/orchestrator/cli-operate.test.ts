// `sagaline dev`, `doctor` and `migrate` as processes, on the real Kafka and Postgres of the run.
import { randomUUID } from 'node:crypto'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { exitCodes } from '../../orchestrator/cli/command.ts'
import type { Finding } from '../../orchestrator/cli/doctor/finding.ts'
import { type Binary, runBinary, startBinary } from '../cli/run-binary.ts'
import { awaitUntil } from '../system/await-until.ts'
import { RawKafka } from '../system/raw-kafka.ts'
import { openTestDatabases } from '../system/test-databases.ts'
import { workerBrokers } from '../worker-kafka.ts'

const root = path.join(import.meta.dirname, '../..')
const topic = `cli-${randomUUID()}`
const brokers = workerBrokers().join(',')
const databases = openTestDatabases(inject('postgresUrl'))
const kafka = new RawKafka(workerBrokers())
let folder: string
let database: string

const sagaText = (version: number) => `
import { defineSaga } from '${root}/orchestrator/index.ts'
import { defineCommand } from '${root}/participant/index.ts'
import { Type } from '${root}/node_modules/typebox/build/index.mjs'
const payload = Type.Object({})
const go = defineCommand({ name: 'cli.go', topic: '${topic}', payload })
export const trip = defineSaga({ name: 'cli-trip', version: ${version}, input: payload,
  steps: [{ name: 'go', send: go, kind: 'pivot' }] })
`

beforeAll(async () => {
  await kafka.start()
  folder = await mkdtemp(path.join(tmpdir(), 'sagaline-dev-'))
  await writeFile(path.join(folder, 'saga.ts'), sagaText(1))
  database = await databases.create('cli_doctor')
})
afterAll(async () => {
  await kafka.stop()
  await databases.dropAll()
  await rm(folder, { recursive: true })
})

const places = () => ['--database', database, '--brokers', brokers]

async function doctor(...words: readonly string[]) {
  const env = { SAGALINE_URL: 'http://127.0.0.1:1' }
  const { code, out } = await runBinary(['doctor', '--json', ...words], { cwd: folder, env })
  const { findings } = JSON.parse(out) as { readonly findings: readonly Finding[] }
  return { code, of: (name: string) => findings.find((one) => one.name === name), findings }
}

it('the doctor says what is missing and how to mend it, and migrate mends it', async () => {
  const before = await doctor(...places())
  expect(before.code).toBe(exitCodes.refused)
  expect(before.of('migrations')).toMatchObject({
    verdict: 'broken',
    mend: 'run `sagaline migrate`',
  })
  expect(before.of(`topic ${topic}`)).toMatchObject({ verdict: 'broken', says: 'does not exist' })
  expect(before.of('postgres fsync')).toMatchObject({ verdict: 'fine', says: 'on' })
  expect(before.of('orchestrator')).toMatchObject({ verdict: 'skipped' })
  const migrated = await runBinary(['migrate', ...places()], { cwd: folder })
  expect(migrated).toMatchObject({ code: exitCodes.fine })
  expect(migrated.out).toContain(topic)
  const after = await doctor(...places())
  expect(after.findings.filter(({ verdict }) => verdict === 'broken')).toEqual([])
  expect(after.code).toBe(exitCodes.fine)
  expect(after.of('definitions')).toMatchObject({ says: 'cli-trip@1 (saga.ts)' })
})

it('the doctor does not let a Postgres pass that may lose what it answered', async () => {
  const name = new URL(database).pathname.slice(1)
  await databases
    .open(inject('postgresUrl'))
    .query(`alter database ${name} set synchronous_commit = off`)
  const { of, code } = await doctor(...places())
  expect(of('postgres synchronous_commit')).toMatchObject({
    verdict: 'broken',
    says: expect.stringContaining('may lose sagas'),
  })
  expect(code).toBe(exitCodes.refused)
})

it('the doctor tells what is out of reach, and wrong settings by their names', async () => {
  const nowhere = ['--database', 'postgres://127.0.0.1:1/x', '--brokers', '127.0.0.1:1']
  const { of, code } = await doctor(...nowhere, '--url', 'http://127.0.0.1:1')
  expect(code).toBe(exitCodes.refused)
  for (const name of ['postgres', 'kafka', 'orchestrator']) {
    expect(of(name)).toMatchObject({ verdict: 'broken', mend: expect.any(String) })
  }
  const wrong = await runBinary(['doctor'], { env: { TOPIC_PARTITIONS: 'many' } })
  expect(wrong.out).toMatch(/✗ +settings +.*TOPIC_PARTITIONS/)
})

type Ready = { readonly url: string; readonly databases: Readonly<Record<string, string>> }

async function readyOf({ said }: Binary): Promise<Ready> {
  return awaitUntil('it is ready', () => said.out.includes('\n') && (JSON.parse(said.out) as Ready))
}

it('dev runs the sagas of the folder, begins again when one changes, and leaves nothing', async () => {
  const env = { KAFKA_BROKERS: brokers, DATABASE_URL: inject('postgresUrl') }
  const words = ['dev', '--json', '--port', '0', '--database', 'shop']
  const dev = startBinary(words, { cwd: folder, env })
  try {
    const { url, databases: made } = await readyOf(dev)
    expect(made['shop']).toContain('shop')
    const started = await runBinary(['start', 'cli-trip', '{}', '--url', url])
    expect(started).toMatchObject({ code: exitCodes.fine })
    const id = started.out.trim()
    await copyFile(path.join(folder, 'saga.ts'), path.join(folder, 'old.saga.ts'))
    await writeFile(path.join(folder, 'saga.ts'), 'this is no code')
    await awaitUntil('it says that it waits', () =>
      dev.said.err.includes('waiting for the next change'),
    )
    await writeFile(path.join(folder, 'saga.ts'), sagaText(2))
    const again = await awaitUntil(
      'it runs again',
      () => /again at (\S+): cli-trip@1, cli-trip@2/.exec(dev.said.err)?.[1],
    )
    expect((await runBinary(['show', id, '--url', again])).out).toContain(`cli-trip@1 ${id}`)
    dev.child.kill('SIGINT')
    expect(await dev.ended).toBe(exitCodes.fine)
    await expect(fetch(again)).rejects.toThrow()
  } finally {
    dev.child.kill('SIGKILL')
  }
  const { rows } = await databases
    .open(inject('postgresUrl'))
    .query("select datname from pg_database where datname like '%shop%'")
  expect(rows).toEqual([])
})

it('dev says what it needs where there is neither Docker nor Java', async () => {
  const env = { SAGALINE_LOCAL: 'bare', PATH: '/nowhere', JAVA_HOME: '', KAFKA_BROKERS: '' }
  const given = { ...env, DATABASE_URL: inject('postgresUrl') }
  const { code, err } = await runBinary(['dev'], { cwd: folder, env: given })
  expect(code).toBe(exitCodes.unreachable)
  expect(err).toMatch(/LOCAL_PARTS_FAILED: .*Start Docker, or install Java.*KAFKA_BROKERS/)
})

it('prints its version as package.json has it', async () => {
  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'))
  expect((await runBinary(['--version'])).out).toBe(`${version}\n`)
})
