// Those who wait for sagas that another instance ends: all that one notification names are read in one
// statement, and what nobody here waits for is not.
import { expect, test } from 'vitest'
import { realClock } from '../../messaging/clock.ts'
import { silentLog } from '../../messaging/log.ts'
import type { SagaId } from '../../messaging/message.ts'
import { EndWaiters } from '../../orchestrator/coordinator/end-waiters.ts'

const ids = [1, 2, 3].map((at) => `00000000-0000-7000-8000-00000000000${at}` as SagaId)
const stranger = '00000000-0000-7000-8000-000000000009'

test('one notification is one read, of those that are waited for', async () => {
  const asked: unknown[] = []
  const query = async (_: unknown, values: unknown) => {
    asked.push(values)
    return { rows: [], rowCount: 0 }
  }
  const waiters = new EndWaiters({
    db: { query } as never,
    rows: { load: async () => undefined } as never,
    clock: realClock,
    log: silentLog,
    onPoint: async () => undefined,
  })
  const waits = ids.map((id) => waiters.wait(id, 60_000))
  waiters.heard([...ids, stranger].join(','))
  expect(await Promise.all(waits)).toEqual([null, null, null])
  waiters.heard(stranger)
  await waiters.stop()
  expect(asked).toEqual([[ids]])
})
