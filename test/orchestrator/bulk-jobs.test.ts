// Bulk jobs on real Postgres and Kafka: each saga is told once, also over restarts and repeats, and
// what became of each is there to be read.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BulkProgress } from '../../orchestrator/bulk/bulk.ts'
import { listBulkJobs } from '../../orchestrator/store/bulk-jobs.ts'
import { awaitUntil } from '../system/await-until.ts'
import { EngineWorld, type RunningOrchestrator } from './engine-world.ts'
import { holdParcel } from './hold-parcel.ts'
import { neverMs } from './parcels.ts'

const definitions = [holdParcel]
const by = { actor: 'ada', reason: 'the depot is closed' }

let world: EngineWorld
let orchestrator: RunningOrchestrator

beforeAll(async () => {
  world = await EngineWorld.start(definitions)
  orchestrator = await world.startOrchestrator({ definitions })
  await world.startParcels({ attempts: 1 })
})
afterAll(() => world.stop())

async function post(body: object, key?: string) {
  const response = await fetch(`${orchestrator.url}/bulk-jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key && { 'idempotency-key': key }) },
    body: JSON.stringify({ ...by, ...body }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

const get = async (path: string) => (await orchestrator.client.get(path)).body

/** So many sagas that wait on their shelf, all found by one van. */
async function startHeld(count: number): Promise<{ readonly correlationId: string }> {
  const parcel = randomUUID()
  for (let at = 0; at < count; at += 1) await orchestrator.client.start('hold-parcel', { parcel })
  const filter = { correlationId: `order of ${parcel}` }
  await awaitUntil('all are in the read model, on their shelves', async () => {
    const { rows } = await world.sagasDb.query(
      `select 1 from saga_search where correlation_id = $1 and steps = '{}'`,
      [filter.correlationId],
    )
    return rows.length === count
  })
  return filter
}

async function awaitEnd(id: unknown): Promise<Record<string, unknown>> {
  return awaitUntil(`the job ${id} has ended`, async () => {
    const job = await get(`/bulk-jobs/${id}`)
    return job['endedAt'] !== null && job
  })
}

describe('a bulk job', () => {
  it('is looked at first, and changes nothing then', async () => {
    const filter = await startHeld(3)
    const { status, body } = await post({ verb: 'pause', filter })
    expect(status).toBe(200)
    expect(body).toMatchObject({ total: 3, sample: [{ outcome: 'acts' }, {}, {}] })
    const skip = await post({ verb: 'skip', step: 'takeShelf', effect: 'none', filter })
    expect(skip.body['sample']).toMatchObject([{ outcome: 'refused' }, {}, {}])
    const { rows } = await world.sagasDb.query(`select 1 from sagas where status = 'paused'`)
    expect(rows).toEqual([])
  })

  it('tells each of its sagas, in its history and in the audit', async () => {
    const filter = await startHeld(5)
    const made = await post({ verb: 'pause', filter, dryRun: false, perSecond: 1_000 })
    expect(made.status).toBe(202)
    const id = made.body['id']
    expect(await awaitEnd(id)).toMatchObject({ status: 'done', total: 5, counts: { done: 5 } })
    const { rows } = await world.sagasDb.query(
      `select count(*)::int as count, min(h.event->>'actor') as actor from sagas
       join history h on h.saga_id = id and h.type = 'operated'
       where correlation_id = $1 and sagas.status = 'paused'`,
      [filter.correlationId],
    )
    expect(rows).toEqual([{ count: 5, actor: 'ada' }])
    const audit = await world.sagasDb.query(
      `select action, said_by, reason, outcome, count(*)::int from access_audit
       where request_id = $1 group by 1, 2, 3, 4`,
      [`bulk/${id}`],
    )
    const line = { action: 'bulk pause', said_by: 'ada', reason: by.reason, outcome: 'done' }
    expect(audit.rows).toEqual([{ ...line, count: 5 }])
  })

  it('names what each saga refused, and goes on', async () => {
    const filter = await startHeld(2)
    const items = (await get(`/sagas?correlationId=${encodeURIComponent(filter.correlationId)}`))[
      'items'
    ] as readonly { readonly id: string }[]
    await orchestrator.client.tell(items[0]?.id ?? '', 'terminate', by)
    const made = await post({ verb: 'pause', filter, dryRun: false })
    const id = made.body['id']
    expect(await awaitEnd(id)).toMatchObject({ counts: { done: 1, SAGA_ENDED: 1 } })
    const failed = await get(`/bulk-jobs/${id}/items?outcome=failed`)
    expect(failed['items']).toMatchObject([{ sagaId: items[0]?.id, outcome: 'SAGA_ENDED' }])
  })

  it('is made once for a key, and refused for another body', async () => {
    const filter = await startHeld(1)
    const key = randomUUID()
    const body = { verb: 'pause', filter, dryRun: false }
    const [first, again] = [await post(body, key), await post(body, key)]
    expect(again.body['id']).toBe(first.body['id'])
    const other = await post({ ...body, verb: 'resume' }, key)
    expect([other.status, other.body['code']]).toEqual([409, 'BULK_KEY_REUSED'])
    await awaitEnd(first.body['id'])
  })

  it('of no sagas is listed for who may see all alone', async () => {
    const filter = { correlationId: 'of nobody' }
    const made = await post({ verb: 'pause', filter, dryRun: false })
    const idsFor = async (names: readonly string[] | null) =>
      (await listBulkJobs(world.sagasDb, { names, before: null, limit: 50 })).map(({ id }) => id)
    expect(await idsFor(null)).toContain(made.body['id'])
    expect(await idsFor(['hold-parcel'])).not.toContain(made.body['id'])
  })

  it('is not made for more sagas than were seen', async () => {
    const filter = await startHeld(2)
    const body = { verb: 'pause', filter, dryRun: false }
    const refused = await post({ ...body, sagasMax: 1 })
    expect([refused.status, refused.body['code']]).toEqual([413, 'BULK_TOO_LARGE'])
    const key = randomUUID()
    const made = await post({ ...body, sagasMax: 2 }, key)
    expect(made).toMatchObject({ status: 202, body: { total: 2 } })
    // A repeat is given the job, also when more fit by now than it says.
    const again = await post({ ...body, sagasMax: 1 }, key)
    expect(again.body['id']).toBe(made.body['id'])
    await awaitEnd(made.body['id'])
  })

  it('goes on after a restart, and tells no saga twice', async () => {
    const filter = await startHeld(6)
    const made = await post({ verb: 'pause', filter, dryRun: false, perSecond: 2 })
    const id = String(made.body['id'])
    const done = (job: Record<string, unknown>) => (job as unknown as BulkProgress).counts['done']
    await awaitUntil('some are told', async () => done(await get(`/bulk-jobs/${id}`)) ?? 0)
    await orchestrator.stop()
    // As if it had crashed before it could write down the first one.
    await world.sagasDb.query(
      'update bulk_items set outcome = null where job_id = $1 and position = 1',
      [id],
    )
    orchestrator = await world.startOrchestrator({ definitions })
    expect(await awaitEnd(id)).toMatchObject({ status: 'done', counts: { done: 6 } })
    const { rows } = await world.sagasDb.query(
      `select h.saga_id from history h join sagas on id = h.saga_id
       where correlation_id = $1 and h.type = 'operated'`,
      [filter.correlationId],
    )
    expect(rows).toHaveLength(6)
  }, 60_000)

  it(
    'is cancelled: what is left is left',
    async () => {
      const filter = await startHeld(6)
      const made = await post({ verb: 'pause', filter, dryRun: false, perSecond: 1 })
      const id = String(made.body['id'])
      await awaitUntil('one is told', async () => {
        const { counts } = (await get(`/bulk-jobs/${id}`)) as unknown as BulkProgress
        return (counts['done'] ?? 0) > 0
      })
      await fetch(`${orchestrator.url}/bulk-jobs/${id}/cancel`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(by),
      })
      const ended = (await awaitEnd(id)) as unknown as BulkProgress
      expect(ended.status).toBe('cancelled')
      const { done = 0, left = 0 } = ended.counts
      expect([done + left, left > 0]).toEqual([6, true])
      const { rows } = await world.sagasDb.query(
        `select 1 from sagas where correlation_id = $1 and status = 'paused'`,
        [filter.correlationId],
      )
      expect(rows).toHaveLength(done)
    },
    neverMs / 10,
  )
})
