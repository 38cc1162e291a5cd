// `sagaline audit` from the outside: what it prints, how it ends, and that it goes on from where it
// was the last time.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createKafkaBus } from '../../messaging/kafka/kafka-bus.ts'
import { silentLog } from '../../messaging/log.ts'
import { eventsTopic } from '../../messaging/topics.ts'
import type { NotJudgedCount } from '../../orchestrator/audit/findings.ts'
import { exitCodes } from '../../orchestrator/cli/command.ts'
import { callCli } from '../cli/call-cli.ts'
import { awaitUntil } from '../system/await-until.ts'
import { RawKafka } from '../system/raw-kafka.ts'
import { workerBrokers } from '../worker-kafka.ts'
import { AuditedWorld, ids } from './audited-world.ts'

let world: AuditedWorld
let folder: string
let words: readonly string[]

beforeAll(async () => {
  world = await AuditedWorld.start()
  folder = await mkdtemp(path.join(tmpdir(), 'sagaline-audit-'))
  const definitions = path.join(import.meta.dirname, 'audited-sagas.ts')
  const databases = ['--database', world.urls.sagas, '--service', `work=${world.urls.work}`]
  words = ['audit', ...databases, '--definitions', definitions]
})
afterAll(async () => {
  await world.stop()
  await rm(folder, { recursive: true })
})

const audit = (...more: readonly string[]) => callCli([...words, ...more])

/** Of `--json`, which must be all there is. */
const report = ({ out }: { readonly out: string }) => JSON.parse(out) as Record<string, unknown>

it('says in words that all is well, and ends with 0', async () => {
  const { code, out } = await audit()
  expect(out).toContain('11 sagas (all)')
  expect(out).toContain('no breach')
  expect(code).toBe(exitCodes.fine)
})

it('names each breach with its saga, and ends with 1', async () => {
  const id = ids.completed
  await world.run('sagas', `insert into timers values ('${id}', now())`)
  const [plain, json] = [await audit(), await audit('--json')]
  await world.run('sagas', `delete from timers where saga_id = '${id}'`)
  expect(plain.code).toBe(exitCodes.refused)
  expect(plain.out).toMatch(new RegExp(`timer.stray \\(1\\)\\n +${id}`))
  expect(json.code).toBe(exitCodes.refused)
  expect(report(json)).toMatchObject({ breachCount: 1, counts: { 'timer.stray': 1 }, sagas: 11 })
})

it('looks only at what lives or was touched since then', async () => {
  expect(report(await audit('--since', '1h', '--json'))).toMatchObject({ sagas: 11, isFull: false })
  const later = new Date(Date.now() + 60_000).toISOString()
  expect(report(await audit('--since', later, '--json'))).toMatchObject({ sagas: 5 })
  const touch = `update fence set undone_at = now() + interval '2 minutes'`
  await world.run('work', `${touch} where saga_id = '${ids.compensated}'`)
  expect(report(await audit('--since', later, '--json'))).toMatchObject({ sagas: 6 })
  await world.run('work', `update fence set undone_at = null`)
})

it('goes on from its state, and looks again at what had a breach', async () => {
  const file = path.join(folder, 'state.json')
  expect(report(await audit('--state', file, '--json'))).toMatchObject({ isFull: true, sagas: 11 })
  await setBack(file)
  expect(report(await audit('--state', file, '--json'))).toMatchObject({ isFull: false, sagas: 5 })
  await setBack(file)
  const end = (at: string) =>
    world.run('sagas', `update sagas set ended_at = ${at} where id = '${ids.completed}'`)
  await end('null')
  const found = await audit('--state', file, '--json')
  expect(report(found)).toMatchObject({ sagas: 6, counts: { 'saga.end-undated': 1 } })
  await setBack(file)
  // Not living and not touched, but in the state.
  await end('now()')
  expect(report(await audit('--state', file, '--json'))).toMatchObject({ sagas: 6, breachCount: 0 })
  await setBack(file)
  expect(report(await audit('--state', file, '--json'))).toMatchObject({ sagas: 5 })
})

/** As if the audit before had been long after everything that the test wrote. */
async function setBack(file: string): Promise<void> {
  const state = JSON.parse(await readFile(file, 'utf8'))
  await writeFile(file, JSON.stringify({ ...state, auditedUntil: Date.now() + 3_600_000 }))
}

it('looks at everything again with other services or definitions', async () => {
  const file = path.join(folder, 'means.json')
  await audit('--state', file)
  const more = await audit('--state', file, '--service', `twin=${world.urls.twin}`, '--json')
  expect(report(more)).toMatchObject({ isFull: true })
  expect(more.err).toContain('everything is looked at again: other services are given')
})

it('refuses a state that is none', async () => {
  const file = path.join(folder, 'broken.json')
  await writeFile(file, '{"form":2}')
  const { code, err } = await audit('--state', file)
  expect(err).toContain('AUDIT_STATE_INVALID')
  expect(code).toBe(exitCodes.refused)
})

it('reads the topic as well, and says what is no event', async () => {
  const brokers = workerBrokers().join(',')
  await makeTopic(brokers.split(','))
  const found = await awaitUntil('the broker leads the new topic', async () => {
    const answer = await audit('--topics', '--brokers', brokers, '--json')
    return answer.code !== exitCodes.unreachable && answer
  })
  const { counts, notJudged, unreadableEvents } = JSON.parse(found.out)
  expect(unreadableEvents).toBe(1)
  // Nothing was ever told of the sagas that were written past Kafka. Where the topic held records
  // of earlier tests, theirs may have been removed with those.
  const told = (notJudged as readonly NotJudgedCount[]).filter(({ what }) => what.includes('topic'))
  const unknown = told.reduce((sum, { sagas }) => sum + sagas, 0)
  expect((counts['told.missing'] ?? 0) + unknown).toBe(11)
})

/** Empty but for a record of a stranger. */
async function makeTopic(brokers: readonly string[]): Promise<void> {
  const onFatal = (error: Error) => {
    throw error
  }
  const bus = createKafkaBus({ brokers, clientId: 'test', log: silentLog, onFatal })
  const kafka = new RawKafka(brokers)
  await Promise.all([bus.start(), kafka.start()])
  await kafka.empty([eventsTopic])
  await bus.ensureTopics([{ name: eventsTopic, partitions: 4, replicationFactor: 1 }])
  await kafka.write({ topic: eventsTopic, key: 'x', value: Buffer.from('{}') })
  await Promise.all([bus.stop(), kafka.stop()])
}

it.each([
  ['no database', ['audit'], 'DATABASE_URL', exitCodes.usage],
  ['no URL', ['audit', '--database', 'x'], 'postgres://', exitCodes.usage],
  ['a service without a name', ['audit', '--service', 'postgres://x'], 'orders=', exitCodes.usage],
  ['a time that is none', ['audit', '--since', 'soon'], '15m', exitCodes.usage],
  ['both ways to look at less', ['audit', '--since', '1h', '--state', 'x'], 'exclude', 2],
  ['topics without brokers', ['audit', '--topics'], '--brokers', exitCodes.usage],
  ['a module that is not there', ['audit', '--definitions', 'x.ts'], 'DEFINITION_INVALID', 1],
])('%s is said', async (what, asked, said, code) => {
  const url = ['no database', 'no URL'].includes(what) ? [] : ['--database', world.urls.sagas]
  const answer = await callCli([...asked, ...url])
  expect(answer.err).toContain(said)
  expect(answer.code).toBe(code)
})

it('a database out of reach is no verdict', async () => {
  const { code, err } = await callCli(['audit', '--database', 'postgres://127.0.0.1:9/none'])
  expect(err).toContain('DATABASE_UNREACHABLE')
  expect(code).toBe(exitCodes.unreachable)
})

it('a database without the tables is named', async () => {
  const swapped = ['audit', '--database', world.urls.work, '--json']
  const { code, err } = await callCli(swapped)
  expect(err).toContain('DATABASE_UNMIGRATED')
  expect(code).toBe(exitCodes.refused)
})
