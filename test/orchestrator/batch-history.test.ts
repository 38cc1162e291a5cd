// What recovery reads back of a batch is what was told right after its commit.
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { noKeys } from '../../messaging/cipher.ts'
import type { Db } from '../../messaging/db.ts'
import { silentLog } from '../../messaging/log.ts'
import type { MessageId, SagaId } from '../../messaging/message.ts'
import { migrate } from '../../messaging/migrate.ts'
import { createRegistry } from '../../orchestrator/definition/registry.ts'
import { advance } from '../../orchestrator/engine/advance.ts'
import type { SagaEvent } from '../../orchestrator/engine/event.ts'
import type { Saga } from '../../orchestrator/engine/saga.ts'
import { lifecycleMessages } from '../../orchestrator/lifecycle/lifecycle-messages.ts'
import { orchestratorMigrations } from '../../orchestrator/migrate-orchestrator.ts'
import { findBatchHistory } from '../../orchestrator/store/batch-history.ts'
import type { HistoryEntry } from '../../orchestrator/store/history-entry.ts'
import { insertSagas } from '../../orchestrator/store/insert-sagas.ts'
import { createRowCipher } from '../../orchestrator/store/row-cipher.ts'
import { findSagas } from '../../orchestrator/store/sagas.ts'
import { openTestDatabases } from '../system/test-databases.ts'
import { shipParcel } from './parcels.ts'

const databases = openTestDatabases(inject('postgresUrl'))
const sagaId = '01900000-0000-7000-8000-000000000001' as SagaId
const batches = [1, 2, 3, 4].map((at) => `01900000-0000-7000-8000-00000000000${at}`)
const definition = shipParcel()
const rows = createRowCipher(createRegistry([definition]), noKeys)
let db: Db

beforeAll(async () => {
  const url = await databases.create('batch_history')
  await migrate({ url, sets: orchestratorMigrations, log: silentLog })
  db = databases.open(url)
})
afterAll(() => databases.dropAll())

/** Started, answered, brought to version 2 and answered once more. */
function livedThrough(): readonly HistoryEntry[] {
  const replied = (step: string, data: { readonly shelf: string } | null): SagaEvent => ({
    type: 'replied',
    commandId: `${sagaId}/${step}/do/1` as MessageId,
    outcome: 'succeeded',
    attempt: 1,
    data,
  })
  const entries: HistoryEntry[] = []
  let saga: Saga | null = null
  const add = (event: SagaEvent) => {
    const at = Date.UTC(2026, 0, 1) + entries.length
    const result = advance({ ...definition, version: 1 }, saga, event, at)
    saga = result.saga
    entries.push({ saga, event, facts: result.facts, at, businessKey: 'p' })
    return saga
  }
  add({ type: 'started', sagaId, input: { parcel: 'p' } })
  const { value, context } = add(replied('takeShelf', { shelf: 'a' }))
  const by = { requestId: 'r', actor: 'ann', reason: 'new' }
  add({ type: 'migrated', ...by, from: 1, to: 2, value, context })
  add(replied('loadVan', null))
  return entries
}

it('each batch of a saga is told as it was, with the version of its time', async () => {
  const entries = livedThrough()
  const last = entries.at(-1)
  if (last === undefined) throw new Error('nothing happened')
  const searchKeys = { businessKey: 'p', correlationId: null, attributes: {} }
  const row = { definitionHash: 'h', ...searchKeys, wakeAt: null, key: null, bodyHash: null }
  for (const [at, history] of entries.entries()) {
    // The row of the saga is as the last entry left it; the first insert wins.
    await insertSagas(db, {
      batchId: batches[at] ?? '',
      sagas: [{ saga: last.saga, history: [history], ...row }],
      rows,
    })
  }
  const stored = await findSagas(db, rows, [sagaId])
  const bytes = (message: object) => JSON.stringify(message)
  for (const [at, entry] of entries.entries()) {
    const found = await findBatchHistory(db, { id: batches[at] ?? '', stored, rows })
    expect(found.flatMap(lifecycleMessages).map(bytes)).toEqual(lifecycleMessages(entry).map(bytes))
  }
  expect(entries.map(({ saga }) => saga.version)).toEqual([1, 1, 2, 2])
})

it('a batch that wrote nothing of a saga has nothing to tell of it', async () => {
  const stored = await findSagas(db, rows, [sagaId])
  const other = '01900000-0000-7000-8000-0000000000ff'
  expect(await findBatchHistory(db, { id: other, stored, rows })).toEqual([])
})
