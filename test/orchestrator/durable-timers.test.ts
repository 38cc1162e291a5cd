// Timers outlive the processes that set them: they fire soon after a restart, once however many
// orchestrators look, and never once they are no longer meant.
import { afterEach, expect, it } from 'vitest'
import { awaitUntil } from '../system/await-until.ts'
import { EngineWorld, type RunningOrchestrator } from './engine-world.ts'
import { factsOf, times } from './history-facts.ts'
import { neverMs, shipParcel } from './parcels.ts'

/** What was due while nobody looked must be noticed so soon after a restart. */
const soonMs = 10_000

let world: EngineWorld

afterEach(() => world.stop())

async function startOne(orchestrator: RunningOrchestrator, parcel: string): Promise<string> {
  const { status, body } = await orchestrator.client.start('ship-parcel', { parcel })
  expect(status).toBe(202)
  return String(body['id'])
}

it('a deadline that passes while no orchestrator runs is acted on soon after the restart, once', async () => {
  const definitions = [shipParcel({ takeShelf: { timeoutMs: 4_000, attempts: 2 } })]
  world = await EngineWorld.start(definitions)
  const first = await world.startOrchestrator({ definitions })
  const id = await startOne(first, 'overdue')
  await first.stop()
  await awaitUntil('the deadline is over', async () => {
    const { rowCount } = await world.sagasDb.query(
      'select 1 from timers where saga_id = $1 and due_at < clock_timestamp()',
      [id],
    )
    return rowCount === 1
  })
  expect(times(await factsOf(world.sagasDb, id), 'step.timed-out takeShelf do#1')).toBe(0)

  await world.startOrchestrator({ definitions })
  const isResent = async () =>
    (await factsOf(world.sagasDb, id)).includes('command.sent takeShelf do#2')
  await awaitUntil('the command is sent again', isResent, soonMs)
  await awaitUntil('the saga turns back', async () => {
    return (await factsOf(world.sagasDb, id)).includes('command.sent takeShelf undo#1')
  })
  await world.startParcels()
  await awaitUntil('the saga is compensated', async () => {
    return (await factsOf(world.sagasDb, id)).includes('saga.compensated')
  })
  const facts = await factsOf(world.sagasDb, id)
  for (const attempt of [1, 2]) {
    expect(times(facts, `command.sent takeShelf do#${attempt}`)).toBe(1)
    expect(times(facts, `step.timed-out takeShelf do#${attempt}`)).toBe(1)
  }
})

it('a timeout that two orchestrators see counts once', async () => {
  const attempts = 3
  const definitions = [shipParcel({ takeShelf: { timeoutMs: 600, attempts } })]
  world = await EngineWorld.start(definitions)
  const [one, two] = await Promise.all([
    world.startOrchestrator({ definitions }),
    world.startOrchestrator({ definitions }),
  ])
  const ids = await Promise.all(
    Array.from({ length: 40 }, (_, at) => startOne(at % 2 ? one : two, `silent ${at}`)),
  )
  await awaitUntil('every saga has turned back', async () => {
    const { rows } = await world.sagasDb.query<{ readonly count: number }>(
      `select count(*)::int as count from sagas where status = 'compensating'`,
    )
    return rows[0]?.count === ids.length
  })
  for (const id of ids) {
    const facts = await factsOf(world.sagasDb, id)
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      expect(times(facts, `command.sent takeShelf do#${attempt}`)).toBe(1)
      expect(times(facts, `step.timed-out takeShelf do#${attempt}`)).toBe(1)
    }
    expect(times(facts, `step.unknown takeShelf do#${attempts}`)).toBe(1)
    expect(facts.filter((fact) => fact.includes(`#${attempts + 1}`))).toEqual([])
  }
})

it('the timer of a step that was answered in time stays silent', async () => {
  const definitions = [
    shipParcel({
      takeShelf: { timeoutMs: 6_000, attempts: 1 },
      loadVan: { timeoutMs: neverMs, attempts: 2, firstDelayMs: neverMs, delayMsMax: neverMs },
    }),
  ]
  world = await EngineWorld.start(definitions)
  const orchestrator = await world.startOrchestrator({ definitions })
  world.parcels.breakDown('parcels.load-van', 'throws')
  await world.startParcels({ attempts: 1 })
  const id = await startOne(orchestrator, 'answered')
  await awaitUntil('the second step pauses', async () => {
    return (await factsOf(world.sagasDb, id)).includes('step.failed loadVan do#1')
  })
  const { revision } = await orchestrator.client.saga(id)
  // The row of the first step's deadline stays until it is due; then it is only moved.
  await awaitUntil('the old wake-up has come and gone', async () => {
    const { rowCount } = await world.sagasDb.query(
      `select 1 from timers where saga_id = $1 and due_at > clock_timestamp() + interval '1 min'`,
      [id],
    )
    return rowCount === 1
  })
  const saga = await orchestrator.client.saga(id)
  expect(saga.revision).toBe(revision)
  expect(saga.status).toBe('running')
  const facts = await factsOf(world.sagasDb, id)
  expect(facts.filter((fact) => fact.startsWith('step.timed-out'))).toEqual([])
})
