// A person is erased by destroying one key: their data can be read nowhere any more, everything else
// of their history stays, and nobody else is touched.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { noKeys, parseEncryptionKeys } from '../../messaging/cipher.ts'
import { realClock } from '../../messaging/clock.ts'
import { exitCodes } from '../../orchestrator/cli/command.ts'
import { readCliConfig } from '../../orchestrator/cli/config.ts'
import { walkArchived } from '../../orchestrator/retention/archived-sagas.ts'
import { eraseSubject } from '../../orchestrator/retention/erase-subject.ts'
import { SubjectRing } from '../../orchestrator/store/subject-ring.ts'
import { makePastParts } from '../../services/system/past-parts.ts'
import { callCli } from '../cli/call-cli.ts'
import { awaitUntil } from '../system/await-until.ts'
import { workerBrokers } from '../worker-kafka.ts'
import { EngineWorld, type RunningOrchestrator } from './engine-world.ts'
import {
  cipherOf,
  giftEventsTopic,
  giftHandlers,
  sendGift,
  sendOwnGift,
} from './sensitive-sagas.ts'
import { allToldIn } from './topic-events.ts'

const [ann, bob] = ['ann-4111', 'bob-4222']
const definitions = [sendGift, sendOwnGift]
const cipher = cipherOf(1)
const secret = Buffer.alloc(32, 1).toString('base64')
const config = () => ({ ...readCliConfig(), encryptionKeys: parseEncryptionKeys(`k1:${secret}`) })

let world: EngineWorld
let running: RunningOrchestrator
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sagaline-archive-'))
  world = await EngineWorld.start(definitions, [giftEventsTopic])
  running = await world.startOrchestrator({ definitions, cipher })
  await world.startParcels({ commands: giftHandlers().handlers, cipher, attempts: 1 })
})
afterAll(async () => {
  await world.stop()
  await rm(folder, { recursive: true })
})

async function give(card: string, note = 'works'): Promise<string> {
  const answer = await running.client.start('send-own-gift', { card, note }, { waitS: 50 })
  return String(answer.body['id'])
}

const get = (way: string) => running.client.get(`/sagas/${way}`)

const erase = (...words: readonly string[]) =>
  callCli(['erase', ...words, '--actor', 'eve', '--reason', 'asked', '--url', running.url])

async function replay() {
  await allToldIn(world)
  const file = path.join(import.meta.dirname, 'sensitive-sagas.ts')
  const words = ['replay', '--database', world.sagasUrl, '--definitions', file, '--topics']
  const { out } = await callCli([...words, '--brokers', workerBrokers().join(), '--json'], {
    config,
  })
  return JSON.parse(out)
}

/** Every row of the orchestrator's database, and every lifecycle event, as text. */
async function kept(): Promise<string> {
  const { rows: tables } = await world.sagasDb.query<{ readonly name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public'`,
  )
  expect(tables.map(({ name }) => name)).toContain('dead_letters')
  const all = await Promise.all(
    tables.map(({ name }) =>
      world.sagasDb.query(`select json_agg(t)::text as rows from "${name}" t`),
    ),
  )
  const told = await world.kafka.read('sagaline.events')
  expect(told.length).toBeGreaterThan(0)
  const events = told.map(({ key, value, headers }) =>
    [String(key), String(value), JSON.stringify(headers)].join(' '),
  )
  return [...all.map(({ rows }) => String(rows[0]?.['rows'])), ...events].join('\n')
}

it('keeps each person with a key of their own, which replay finds', async () => {
  const ids = [await give(ann), await give(ann), await give(bob)]
  const keys = await Promise.all(
    ids.map(async (id) => {
      const text = 'select snapshot #>> $2 as sealed from sagas where id = $1'
      const { rows } = await world.sagasDb.query(text, [id, ['sealed', '$encrypted']])
      return /^s1\.(\w+)\./.exec(String(rows[0]?.['sealed']))?.[1]
    }),
  )
  expect(keys[0]).toBeDefined()
  expect(keys[1]).toBe(keys[0])
  expect(keys[2]).not.toBe(keys[0])
  for (const id of ids) expect((await get(id)).body).toMatchObject({ status: 'completed' })
  expect(await replay()).toMatchObject({ sagas: 3, breachCount: 0, notJudged: [] })
  expect(await kept()).not.toMatch(/ann-4111|bob-4222/)
})

it('erases nobody while a saga needs the data', async () => {
  const stuck = await give(ann, 'misfits')
  await awaitUntil('it is stuck', async () => (await running.client.saga(stuck)).status === 'stuck')
  const refused = await erase(ann)
  expect(refused.code).toBe(exitCodes.refused)
  expect(refused.err).toContain('SUBJECT_IN_USE')
  expect(refused.err).toContain(stuck)
  expect((await running.client.saga(stuck)).status).toBe('stuck')
  const { code, out } = await erase(ann, '--force', '--json')
  expect([code, JSON.parse(out)]).toEqual([exitCodes.fine, { sagas: 3, terminated: [stuck] }])
  const { body } = await get(stuck)
  expect(body).toMatchObject({ status: 'terminated', erased: true })
})

it('leaves everything but the data, and everybody else, as they were', async () => {
  const { rows } = await world.sagasDb.query(`
    select s.id::text from sagas s join saga_subjects on saga_id = s.id
    join subject_keys k on k.id = key_id where wrapped is null and status = 'completed'`)
  expect(rows).toHaveLength(2)
  for (const { id } of rows) {
    const { body } = await get(String(id))
    expect(body).toMatchObject({ status: 'completed', erased: true })
    const history = await running.client.history(String(id))
    expect(history.map(({ status }) => status).at(-1)).toBe('completed')
    expect(await get(`${id}?at=2`)).toMatchObject({ status: 410, body: { code: 'SUBJECT_ERASED' } })
    expect((await get(`${id}/messages`)).status).toBe(200)
  }
  const report = await replay()
  expect(report).toMatchObject({ sagas: 4, breachCount: 0 })
  expect(report.notJudged).toEqual([
    expect.objectContaining({ sagas: 3, what: expect.stringContaining('was erased') }),
  ])
  expect(await kept()).not.toMatch(/ann-4111|bob-4222/)
})

it('tells who erased, and not whom; erases once; and who comes back has another key', async () => {
  const { rows } = await world.sagasDb.query(
    `select said_by, reason, outcome from access_audit where action = 'POST /erasures' order by id`,
  )
  const outcomes = rows.map(({ outcome }) => outcome)
  expect(outcomes).toEqual(['asked', 'SUBJECT_IN_USE', 'asked', 'done'])
  expect(rows[3]).toMatchObject({ said_by: 'eve', reason: 'asked' })
  expect((await erase(ann)).err).toContain('SUBJECT_UNKNOWN')
  const again = await give(ann)
  expect((await get(again)).body).not.toHaveProperty('erased')
  expect((await get(`${again}?at=2`)).status).toBe(200)
})

it('leaves nothing to read in the archive, which says what it cannot judge', async () => {
  await allToldIn(world)
  await makePastParts(world.sagasDb, 0)
  const written = ['--database', world.sagasUrl, '--archive', folder, '--keep', '0s']
  expect((await callCli(['retention', ...written])).code).toBe(exitCodes.fine)
  const archived = []
  for await (const saga of walkArchived(folder)) archived.push(saga)
  expect(archived).toHaveLength(5)
  expect(JSON.stringify(archived)).not.toMatch(/ann-4111|bob-4222/)
  const file = ['--definitions', path.join(import.meta.dirname, 'sensitive-sagas.ts')]
  const verify = ['archive', 'verify', '--from', folder, ...file, '--json']
  const { code, out } = await callCli(verify, { config })
  // In one line, however many persons there are.
  const what = 'the key of its person is not here: only the database has it'
  const notJudged = [expect.objectContaining({ sagas: 5, what })]
  expect(JSON.parse(out)).toMatchObject({ sagas: 5, breachCount: 0, notJudged })
  expect(code).toBe(exitCodes.fine)
})

it('is refused where no key is configured, since nobody can be told from anybody', async () => {
  const subjects = new SubjectRing(noKeys, realClock)
  const given = {
    db: world.sagasDb,
    subjects,
    operate: async () => undefined,
    newId: realClock.newId,
  }
  const asked = { subject: ann, actor: 'eve', reason: 'asked', isForced: false }
  await expect(eraseSubject(given, asked)).rejects.toMatchObject({ code: 'ERASURE_WITHOUT_KEYS' })
})
