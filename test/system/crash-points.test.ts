// At each named point of orchestrator and participant a process is killed when it passes it for the
// 1st time, and by `npm run crash-points` for the 2nd and 10th as well, under load, and another one
// takes its place. At the end every saga has ended, without waiting for a timeout, and the auditor
// finds nothing. A point that is new and that nothing passes fails here.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { orchestratorPoints } from '../../orchestrator/points.ts'
import { participantPoints } from '../../participant/index.ts'
import { awaitUntil } from './await-until.ts'
import { auditCrashes } from './crash/crash-audit.ts'
import { type Crash, type Death, runChain, Victim } from './crash/crash-chain.ts'
import { CrashLoad, workOf } from './crash/crash-load.ts'
import { worksTopic } from './crash/crash-sagas.ts'
import { CrashWorld } from './crash/crash-world.ts'
import { lacksOf, type Provocation, provocations } from './crash/provocations.ts'

/** All of 1, 2 and 10 take some minutes. */
const hits = (process.env['CRASH_HITS'] ?? '1').split(',').map(Number)

/** A point that is not passed so often by then counts as never passed. */
const crashLimitMs = 150_000
/** From the last crash to the end of every saga: a step's timeout is 10 minutes. */
const endLimitMs = 180_000
const allLimitMs = 3_000_000

const orchestratorProgram = 'test/system/crashing-orchestrator.ts'
const participantProgram = 'test/system/crashing-participant.ts'

let world: CrashWorld
let load: CrashLoad
const deaths = new Map<string, Death>()
const last: Victim[] = []

const crashesAt = (points: readonly string[]): readonly Crash[] =>
  points.flatMap((point) => hits.map((nth) => ({ point, nth })))

const keyOf = ({ point, nth }: Crash) => `${point} ${nth}`

/** Ordinary: nothing but the end of the test ends it, so it gets a session for a busy machine. */
async function startOne(program: string, lacks: readonly string[] = []): Promise<Victim> {
  const isOrchestrator = program === orchestratorProgram
  const environment = world.environment(isOrchestrator ? 'sagas' : 'works')
  const patient = { ...environment, KAFKA_SESSION_TIMEOUT_MS: '6000' }
  const victim = new Victim({ program, environment: patient })
  last.push(victim)
  const url = await victim.start({ point: null, nth: 0, lacks })
  if (isOrchestrator) world.url = url
  return victim
}

/** Sagas of the first version, which are there to be migrated. */
async function startOldSagas(): Promise<readonly string[]> {
  const old = await startOne(orchestratorProgram, ['hear@2'])
  const names = Array.from({ length: 12 }, (_, at) => `old-${at}`)
  const ids = await Promise.all(
    names.map(async (name) => {
      const input = workOf(name)
      const { body } = await world.client.startPatiently('hear', input, { key: name }, endLimitMs)
      load.names.set(name, 'hear')
      return body['id'] as string
    }),
  )
  await old.kill()
  await forgetTheDead()
  return ids
}

/** They count for 15 s, and as long nothing starts that one of them lacked: a test has no time. */
async function forgetTheDead(): Promise<void> {
  await world.sagas.query('delete from instances')
}

async function crashAll(program: string, points: readonly string[]): Promise<void> {
  const isOrchestrator = program === orchestratorProgram
  const found = await runChain({
    program,
    environment: world.environment(isOrchestrator ? 'sagas' : 'works'),
    crashes: crashesAt(points),
    lacksOf,
    limitMs: crashLimitMs,
    provoke: async ({ point, nth }) => {
      const provoke = (provocations as Readonly<Record<string, Provocation>>)[point]
      return (await provoke?.({ world, load, nth })) ?? (async () => undefined)
    },
    onReady: (url) => {
      if (isOrchestrator) world.url = url
    },
    ...(isOrchestrator && { onDeath: forgetTheDead }),
  })
  for (const death of found) deaths.set(keyOf(death), death)
  await startOne(program)
}

/** As a person would. Where a start was late by over 10 s, its signal was set aside. */
async function sendEarlySignalsAgain(): Promise<void> {
  await world.sagas.query(
    `update dead_letters set state = 'replaying', replay_due_at = clock_timestamp()
     where state = 'parked' and code = 'SAGA_KEY_UNKNOWN'`,
  )
}

async function awaitEnd(): Promise<void> {
  const { sagas, works, kafka } = world
  const left = async () => {
    const counts = await Promise.all([
      sagas.query('select id from sagas where ended_at is null'),
      sagas.query('select 1 from publish_batches'),
      sagas.query('select 1 from held_events'),
      sagas.query('select 1 from held_starts'),
      sagas.query('select 1 from bulk_jobs where ended_at is null'),
      works.query('select 1 from outbox'),
      works.query(`select 1 from fence where step like 'old %'`),
    ])
    return counts.map(({ rowCount }) => rowCount)
  }
  const lag = async () => [
    await kafka.lag('sagaline', ['sagaline.replies']),
    await kafka.lag('sagaline.starts', ['sagaline.starts']),
    await kafka.lag('sagaline.signals', ['sagaline.signals']),
    await kafka.lag('works', [worksTopic]),
  ]
  let seen: readonly unknown[] = []
  /** With what happened to them, and what their clients were refused. */
  const living = async () => {
    const { rows } = await sagas.query<{ readonly id: string }>(
      `select s.id, s.name, s.version, s.status, s.business_key, json_agg(
         json_build_array(h.seq, h.at, h.type, h.event) order by h.seq) as history
       from sagas s join history h on h.saga_id = s.id
       where s.ended_at is null group by s.id limit 3`,
    )
    return rows.map((row) => {
      const refused = load.refused.filter((text) => text.startsWith(row.id))
      return JSON.stringify({ ...row, refused })
    })
  }
  await awaitUntil(
    'all is at rest',
    async () => {
      await sendEarlySignalsAgain()
      seen = [...(await left()), 'lag', ...(await lag())]
      if (seen.some((count) => Number(count) > 0)) {
        throw new Error([...seen, ...(await living())].join(', '))
      }
      return true
    },
    endLimitMs,
  )
}

beforeAll(async () => {
  world = await CrashWorld.start()
  load = new CrashLoad(world)
  const old = await startOldSagas()
  load.start()
  await Promise.all([
    crashAll(orchestratorProgram, orchestratorPoints),
    crashAll(participantProgram, participantPoints),
  ])
  await load.stop()
  await Promise.all(old.map((id) => load.tellToGo(id, id)))
  const slowest = [...deaths.values()].sort((a, b) => b.tookMs - a.tookMs).slice(0, 12)
  console.info(slowest.map((death) => `${death.tookMs} ms: ${keyOf(death)}`).join('\n'))
}, allLimitMs)

afterAll(async () => {
  await Promise.all(last.map((victim) => victim.kill()))
  await world.stop()
})

const all = [...crashesAt(orchestratorPoints), ...crashesAt(participantPoints)]

describe('a process', () => {
  it.each(all)('dies at $point, number $nth', (crash) => {
    const { signal, isMarked, output } = deaths.get(keyOf(crash)) ?? {}
    expect(output).toBe('')
    expect({ signal, isMarked }).toEqual({ signal: 'SIGKILL', isMarked: true })
  })
})

it(
  'after all of these crashes nothing is lost, and nothing was done twice',
  async () => {
    await awaitEnd()
    const { rows } = await world.sagas.query<{ readonly key: string; readonly name: string }>(
      'select business_key as key, name from sagas where parent_id is null',
    )
    const found = new Map(rows.map(({ key, name }) => [key, name]))
    expect([...load.names].filter(([key, name]) => found.get(key) !== name)).toEqual([])
    expect(load.broken).toEqual([])
    expect(await auditCrashes(world)).toEqual([])
    console.info(`${all.length} crashes, ${rows.length} sagas`)
  },
  endLimitMs + 60_000,
)
