// Starts that are held until their saga may be started: those that must go on waiting keep no others
// from being started.
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import type { IncomingRecord } from '../../messaging/bus.ts'
import { noKeys } from '../../messaging/cipher.ts'
import { realClock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import { silentLog } from '../../messaging/log.ts'
import { noMetrics } from '../../messaging/metrics.ts'
import { migrate } from '../../messaging/migrate.ts'
import { HeldStartsPoller } from '../../orchestrator/coordinator/held-starts-poller.ts'
import { createSagaMetrics } from '../../orchestrator/coordinator/saga-metrics.ts'
import type { StartRequest } from '../../orchestrator/coordinator/start-saga.ts'
import { createRegistry } from '../../orchestrator/definition/registry.ts'
import { orchestratorError } from '../../orchestrator/errors.ts'
import { orchestratorMigrations } from '../../orchestrator/migrate-orchestrator.ts'
import { noPoint } from '../../orchestrator/points.ts'
import { holdStarts } from '../../orchestrator/store/held-starts.ts'
import { createRowCipher } from '../../orchestrator/store/row-cipher.ts'
import { awaitUntil } from '../system/await-until.ts'
import { openTestDatabases } from '../system/test-databases.ts'

const databases = openTestDatabases(inject('postgresUrl'))
const registry = createRegistry([])
let db: Db

beforeAll(async () => {
  const url = await databases.create('held_starts')
  await migrate({ url, sets: orchestratorMigrations, log: silentLog })
  db = databases.open(url)
})
afterAll(() => databases.dropAll())

function recordOf(saga: string, at: number): IncomingRecord {
  const headers = {
    ce_specversion: '1.0',
    'content-type': 'application/json',
    ce_id: `start ${at}`,
    ce_source: 'shop',
    ce_type: 'sagaline.start-saga',
    ce_time: '2026-05-01T10:00:00.000Z',
  }
  return {
    topic: 'sagaline.starts',
    partition: 0,
    offset: BigInt(at),
    key: Buffer.from(String(at)),
    value: Buffer.from(JSON.stringify({ saga, key: String(at), input: null })),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)]),
    ),
    timestamp: new Date('2026-05-01T10:00:00.000Z'),
  }
}

it('hundreds that cannot be started yet do not keep the others waiting', async () => {
  const starts = ['early', 'ready'].flatMap((name, at) =>
    Array.from({ length: at === 0 ? 450 : 3 }, (_, index) => ({
      name,
      record: recordOf(name, at * 1_000 + index),
    })),
  )
  await holdStarts(db, starts)
  const started: (string | null)[] = []
  const start = async ({ name, idempotencyKey }: StartRequest) => {
    if (name === 'early') throw orchestratorError('DEFINITION_NOT_READY', { name })
    started.push(idempotencyKey)
    return { published: Promise.resolve() }
  }
  const poller = new HeldStartsPoller({
    db,
    log: silentLog,
    cipher: noKeys,
    rows: createRowCipher(registry, noKeys),
    registry,
    sagas: null as never,
    starts: { start } as never,
    instances: { startableNames: () => ['early', 'ready'] } as never,
    clock: realClock,
    meters: createSagaMetrics(noMetrics),
    tracing: null,
    onPoint: noPoint,
  })
  poller.start()
  await awaitUntil('the others are started', () => started.length >= 3)
  await awaitUntil('and gone', async () => {
    const { rows } = await db.query('select 1 from held_starts')
    return rows.length === 450
  })
  await poller.stop()
  expect(started.toSorted()).toEqual(['1000', '1001', '1002'])
})
