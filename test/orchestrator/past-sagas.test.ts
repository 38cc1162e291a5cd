// Sagas as they were: what REST shows of a past moment is what it showed then, and what `sagaline
// replay` makes of history and topic is what the rows have.
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exitCodes } from '../../orchestrator/cli/command.ts'
import type { SagaView } from '../../orchestrator/store/saga-view.ts'
import { callCli } from '../cli/call-cli.ts'
import { awaitUntil } from '../system/await-until.ts'
import { workerBrokers } from '../worker-kafka.ts'
import { EngineWorld, type RunningOrchestrator } from './engine-world.ts'
import { holdParcel, releaseParcel } from './hold-parcel.ts'
import { allToldIn } from './topic-events.ts'

const definitions = [holdParcel, releaseParcel]
const by = { actor: 'ada', reason: 'to see' }

let world: EngineWorld
let orchestrator: RunningOrchestrator
/** As REST showed them while they were so. */
const shown: SagaView[] = []

beforeAll(async () => {
  world = await EngineWorld.start(definitions)
  orchestrator = await world.startOrchestrator({ definitions })
  await world.startParcels({ attempts: 1 })
  await live()
})
afterAll(() => world.stop())

async function start(name: string): Promise<string> {
  const { body } = await orchestrator.client.start(name, { parcel: 'glass' })
  return String(body['id'])
}

async function note(id: string, is: (saga: SagaView) => boolean): Promise<void> {
  const saga = await awaitUntil(`${id} stands`, async () => {
    const found = await orchestrator.client.saga(id)
    return is(found) && found
  })
  shown.push(saga)
}

/** One waits, is paused, stuck and completes; another one is cancelled and undone. */
async function live(): Promise<void> {
  const { client } = orchestrator
  const released = await start('release-parcel')
  await note(released, ({ state }) => JSON.stringify(state).includes('sign-off'))
  await client.tell(released, 'pause', by)
  await note(released, ({ status }) => status === 'paused')
  await client.tell(released, 'resume', by)
  await note(released, ({ status }) => status === 'running')
  world.parcels.breakDown('parcels.announce', 'refuses')
  await client.tell(released, 'signals/sign-off', { data: { approved: true }, actor: 'ada' })
  await note(released, ({ status }) => status === 'stuck')
  world.parcels.mend('parcels.announce')
  await client.tell(released, 'retry', by)
  await note(released, ({ status }) => status === 'completed')
  const held = await start('hold-parcel')
  await note(held, ({ state }) => state === 'held')
  await client.tell(held, 'cancel', by)
  await note(held, ({ status }) => status === 'compensated')
}

const past = (id: string, at: string | number) =>
  orchestrator.client.get(`/sagas/${id}?at=${encodeURIComponent(at)}`)

describe('a saga at a past moment', () => {
  it('is what it was then, by the number of the entry and by the time', async () => {
    expect(shown.map(({ status }) => status)).toEqual([
      ...['running', 'paused', 'running', 'stuck', 'completed', 'running', 'compensated'],
    ])
    for (const saga of shown) {
      const { id, revision, updatedAt } = saga
      for (const moment of [revision, String(updatedAt)]) {
        const { context, ...rest } = (await past(id, moment)).body
        expect(rest).toEqual(saga)
        expect(JSON.stringify(context)).toContain('"parcel":"glass"')
      }
    }
  })

  it('is as it is now at any moment to come', async () => {
    const last = shown.at(-1) as SagaView
    expect((await past(last.id, 999_999)).body).toMatchObject(last)
    expect((await past(last.id, '2999-01-01T00:00:00Z')).body).toMatchObject(last)
  })

  it('is not there before its start, and never without its definition', async () => {
    const { id, startedAt } = shown[0] as SagaView
    const before = new Date(new Date(startedAt).getTime() - 1_000).toISOString()
    for (const at of [before, 0]) {
      expect(await past(id, at)).toMatchObject({ status: 404, body: { code: 'MOMENT_TOO_EARLY' } })
    }
    expect((await past(id, 'yesterday')).body).toMatchObject({ code: 'REQUEST_INVALID' })
    const strange = await world.startOrchestrator({ definitions: [holdParcel] })
    const { body } = await strange.client.get(`/sagas/${id}?at=1`)
    expect(body).toMatchObject({ code: 'DEFINITION_UNKNOWN' })
    await strange.stop()
  })

  it('is refused where its history was changed', async () => {
    const { id } = shown[0] as SagaView
    const set = (status: string) =>
      world.sagasDb.query(
        `update history set status = '${status}' where saga_id = $1 and seq = 2`,
        [id],
      )
    await set('stuck')
    expect((await past(id, 1)).status).toBe(200)
    expect(await past(id, 2)).toMatchObject({
      status: 409,
      body: { code: 'HISTORY_NOT_REPLAYABLE' },
    })
    await set('running')
  })
})

describe('sagaline replay', () => {
  const file = path.join(import.meta.dirname, 'hold-parcel.ts')
  const replay = (...words: readonly string[]) =>
    callCli(['replay', '--database', world.sagasUrl, '--definitions', file, ...words])

  it('rebuilds every saga from its history and from the topic', async () => {
    await allToldIn(world)
    const { code, out } = await replay('--topics', '--brokers', workerBrokers().join(), '--json')
    expect(JSON.parse(out)).toMatchObject({ sagas: 2, breachCount: 0, notJudged: [] })
    expect(JSON.parse(out).events).toBeGreaterThan(10)
    expect(code).toBe(exitCodes.fine)
  })

  it('names what differs, of the sagas that are asked for', async () => {
    const [first, last] = [shown[0]?.id ?? '', shown.at(-1)?.id ?? '']
    const set = (json: string) =>
      world.sagasDb.query(
        `update sagas set snapshot = (snapshot::jsonb || $2::jsonb)::json where id = $1`,
        [last, json],
      )
    await set('{"context":{"parcel":"a stone"}}')
    const { code, out } = await replay('--topics', '--brokers', workerBrokers().join())
    expect(code).toBe(exitCodes.refused)
    expect(out).toContain(`history.state-differs (1)\n  ${last}  in context`)
    expect(out).toContain(`told.otherwise (1)\n  ${last}  replayed from them it differs in context`)
    expect((await replay(first)).out).toContain('1 sagas rebuilt from')
    expect((await replay(first)).code).toBe(exitCodes.fine)
    expect((await replay(last)).code).toBe(exitCodes.refused)
  })

  it.each([
    ['an id that is none', ['x'], exitCodes.usage, 'no id of a saga'],
    [
      'a saga that is not there',
      [`${'0'.repeat(8)}-0000-7000-8000-${'0'.repeat(12)}`],
      1,
      'SAGA_NOT_FOUND',
    ],
  ])('says %s', async (_, words, code, said) => {
    const answer = await replay(...words)
    expect([answer.code, answer.err]).toEqual([code, expect.stringContaining(said)])
  })

  it('takes no guess without definitions', async () => {
    const { code, err } = await callCli(['replay', '--database', world.sagasUrl])
    expect([code, err]).toEqual([exitCodes.usage, expect.stringContaining('--definitions')])
  })
})
