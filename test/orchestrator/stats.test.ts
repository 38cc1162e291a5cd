// The statistics over real Kafka and Postgres: what is counted of the lifecycle events is what SQL
// counts of the history, also when events come twice and whoever counts is killed.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventsTopic } from '../../messaging/topics.ts'
import { followersGroup } from '../../orchestrator/follow/follower.ts'
import { readStats, type StatsItem } from '../../orchestrator/stats/read-stats.ts'
import { findStatsLag } from '../../orchestrator/store/event-followers.ts'
import { cutStats } from '../../orchestrator/store/stats-windows.ts'
import { awaitUntil } from '../system/await-until.ts'
import { workerBrokers } from '../worker-kafka.ts'
import { EngineWorld, type RunningOrchestrator } from './engine-world.ts'
import { shipParcel } from './parcels.ts'
import { statsBySql } from './stats-by-sql.ts'
import { allToldIn } from './topic-events.ts'

const definitions = [shipParcel({ undo: { attempts: 1, firstDelayMs: 50 } })]
const program = fileURLToPath(new URL('dying-stats.ts', import.meta.url))
const dayMs = 86_400_000

let world: EngineWorld
let orchestrator: RunningOrchestrator

beforeAll(async () => {
  world = await EngineWorld.start(definitions)
  orchestrator = await world.startOrchestrator({ definitions })
  await world.startParcels({ attempts: 1 })
  await runSagas()
})
afterAll(() => world.stop())

/** Some that complete, turn back, are abandoned, are stuck and go on. */
async function runSagas(): Promise<void> {
  const { client } = orchestrator
  const start = async (parcel: string) =>
    String((await client.start('ship-parcel', { parcel }, { waitS: 50 })).body['id'])
  await Promise.all(Array.from({ length: 40 }, (_, at) => start(`book ${at}`)))
  world.parcels.breakDown('parcels.load-van', 'refuses')
  await Promise.all(Array.from({ length: 5 }, (_, at) => start(`piano ${at}`)))
  world.parcels.breakDown('parcels.clear-shelf', 'refuses')
  const [left = '', mended = ''] = await Promise.all([start('an organ'), start('a harp')])
  world.parcels.mend('parcels.load-van')
  world.parcels.mend('parcels.clear-shelf')
  await client.tell(left, 'abandon', { actor: 'ada', reason: 'nobody plays it' })
  await client.tell(mended, 'retry', { actor: 'ada', reason: 'it is mended' })
  await awaitUntil('it is undone', async () => (await client.saga(mended)).status === 'compensated')
  await allToldIn(world)
}

const counted = () => {
  const now = Date.now()
  const span = { from: new Date(now - dayMs), to: new Date(now + dayMs) }
  return readStats(world.sagasDb, { ...span, names: null, windowMinutes: 1, of: null })
}

/** Counts to the last one; durations are in buckets. */
function isAsBySql(found: readonly StatsItem[], bySql: readonly StatsItem[]): boolean {
  const bare = (items: readonly StatsItem[]) =>
    JSON.stringify(items.map(({ p50Ms: _, p99Ms: __, ...item }) => item))
  return bare(found) === bare(bySql)
}

async function expectAsBySql(): Promise<void> {
  const bySql = await statsBySql(world.sagasDb)
  let found: readonly StatsItem[] = []
  await awaitUntil('all is counted', async () => {
    found = await counted()
    return isAsBySql(found, bySql)
  }).catch(() => expect(found).toEqual(bySql))
  for (const [index, { p50Ms, p99Ms }] of bySql.entries()) {
    const { p50Ms: p50, p99Ms: p99 } = found[index] as StatsItem
    const isNear = (a: number | null, b: number | null) =>
      a === null || b === null ? a === b : Math.abs(a - b) <= b * 0.05 + 1
    expect([p50, isNear(p50, p50Ms), p99, isNear(p99, p99Ms)]).toEqual([p50, true, p99, true])
  }
}

/** Every event once more, at places of its own and backwards, as no publisher would. */
async function writeTwice(): Promise<void> {
  const all = await world.kafka.read(eventsTopic)
  const each = new Map(all.map((record) => [`${record.headers['ce_id']}`, record]))
  for (const { key, headers, ...record } of [...each.values()].toReversed()) {
    const texts = Object.entries(headers).map(([name, value]) => [name, value.toString()])
    const written = { ...record, key: key?.toString() ?? null }
    await world.kafka.write({ ...written, headers: Object.fromEntries(texts) })
  }
}

const forget = () => world.sagasDb.query('truncate stats_windows, stats_sagas, stats_partitions')

describe('what is counted', () => {
  it('is what SQL counts of the history', async () => {
    await expectAsBySql()
    const { body } = await orchestrator.client.get('/stats?name=ship-parcel')
    const items = body['items'] as readonly StatsItem[]
    const sum = (what: 'started' | 'completed' | 'compensated' | 'failed' | 'stuck') =>
      items.reduce((all, item) => all + (item.step === null ? item[what] : 0), 0)
    expect([sum('started'), sum('completed'), sum('compensated'), sum('failed')]).toEqual([
      47, 40, 6, 1,
    ])
    expect(sum('stuck')).toBe(2)
    expect(body['lagMs']).toBeTypeOf('number')
  })

  it('stays the same when every event comes again, also out of order', async () => {
    await writeTwice()
    const { rows } = await world.sagasDb.query<{ readonly marked: number }>(
      'select count(*)::int as marked from stats_sagas',
    )
    expect(rows).toEqual([{ marked: 47 }])
    const more = await orchestrator.client.start('ship-parcel', { parcel: 'last' }, { waitS: 50 })
    expect(more.body['status']).toBe('completed')
    await expectAsBySql()
  })

  it('is the same after whoever counts was killed around every commit', async () => {
    expect(await findStatsLag(world.sagasDb)).toBeTypeOf('number')
    await orchestrator.stop()
    expect(await findStatsLag(world.sagasDb)).toBeNull()
    await forget()
    for (const point of ['before-commit', 'after-commit', 'after-commit', 'before-commit']) {
      await writeTwice()
      const child = fork(program, [point, workerBrokers().join(), world.sagasUrl], {
        stdio: 'inherit',
      })
      const [, signal] = await once(child, 'exit')
      expect([point, signal]).toEqual([point, 'SIGKILL'])
    }
    orchestrator = await world.startOrchestrator({ definitions })
    await expectAsBySql()
  }, 60_000)
})

describe('what is kept', () => {
  it('of a saga goes an hour after its end, by the time of the events; its events count no more', async () => {
    const { sagasDb } = world
    await sagasDb.query(`update stats_partitions set newest_at = newest_at + interval '59 minutes'`)
    await cutStats(sagasDb)
    expect((await sagasDb.query('select 1 from stats_sagas')).rowCount).toBe(48)
    await sagasDb.query(`update stats_partitions set newest_at = newest_at + interval '2 minutes'`)
    await cutStats(sagasDb)
    expect((await sagasDb.query('select 1 from stats_sagas')).rowCount).toBe(0)
    await writeTwice()
    const lag = () => world.kafka.lag(followersGroup, [eventsTopic])
    await awaitUntil('they were taken', async () => (await lag()) === 0)
    await expectAsBySql()
  })

  it('of minutes goes after a week', async () => {
    const { sagasDb } = world
    await sagasDb.query(`update stats_windows set at = at - interval '8 days'`)
    await cutStats(sagasDb)
    expect((await sagasDb.query('select 1 from stats_windows')).rowCount).toBe(0)
  })
})

describe('windows', () => {
  it('of many minutes are answered where these are too many, with the percentiles of all of it', async () => {
    const { sagasDb } = world
    // A day of 20 steps: more minutes than one answer has. Each minute has one duration of
    // 1.1^10 ms, the last one ten of 1.1^90 ms beside it.
    await sagasDb.query(`
      insert into stats_windows (at, name, step, started, completed, compensated, failed, stuck,
        retries, durations)
      select '2030-01-31T00:00:00Z'::timestamptz - n * interval '1 minute', 'ship-parcel',
        'step ' || s, 1, 1, 0, 0, 0, 2, case n when 1 then '{"10": 1, "90": 10}' else '{"10": 1}' end::jsonb
      from generate_series(1, 1440) n, generate_series(1, 20) s`)
    const day = { from: new Date('2030-01-30T00:00:00Z'), to: new Date('2030-01-31T00:00:00Z') }
    const read = (windowMinutes: number, of: 'sagas' | 'steps' | null = null) =>
      readStats(sagasDb, { ...day, names: null, windowMinutes, of })
    await expect(read(1)).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    const steps = await read(1_440, 'steps')
    expect(steps).toHaveLength(20)
    // The largest p99 of a minute is 5,313.
    const counts = { started: 1_440, completed: 1_440, retries: 2_880, count: 1_450 }
    expect(steps[0]).toMatchObject({ at: day.from, ...counts, p50Ms: 3, p99Ms: 3 })
    expect(await read(360)).toHaveLength(80)
    expect(await read(360, 'sagas')).toEqual([])
  })
})
