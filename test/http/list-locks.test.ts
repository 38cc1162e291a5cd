/** `GET /locks`: the queues of semantic locks, by pages. */
import { expect, it, vi } from 'vitest'
import type { LockFilter, LockView } from '../../orchestrator/store/locks.ts'
import { call } from './documented.ts'
import { appWith, idOf } from './fake-edge.ts'

const since = new Date('2026-05-01T10:00:00.000Z')

function lock(key: string, position: number): LockView {
  return { key, sagaId: idOf(position), position, since, isHolder: position === 1 }
}

it('shows who holds a key and who waits for it', async () => {
  const locks = vi.fn(async (_: LockFilter) => [lock('seat 7', 1), lock('seat 7', 4)])
  const response = await call(await appWith({ locks }), { url: '/locks?key=seat%207' })
  expect(response.json()).toEqual({
    items: [
      {
        key: 'seat 7',
        sagaId: idOf(1),
        position: 1,
        since: since.toISOString(),
        isHolder: true,
      },
      {
        key: 'seat 7',
        sagaId: idOf(4),
        position: 4,
        since: since.toISOString(),
        isHolder: false,
      },
    ],
    nextCursor: null,
  })
  expect(locks).toHaveBeenCalledWith({ key: 'seat 7', after: null, limit: 51 })
})

it('a page ends with the place that the next one begins after', async () => {
  const all = [lock('a', 1), lock('a', 2), lock('b: Ü', 3)]
  const locks = vi.fn(async ({ after, limit }: LockFilter) =>
    all.filter(({ position }) => position > (after?.position ?? 0)).slice(0, limit),
  )
  const app = await appWith({ locks })
  const first = await call(app, { url: '/locks?limit=2' })
  expect(first.json().items).toHaveLength(2)
  const second = await call(app, { url: `/locks?limit=2&cursor=${first.json().nextCursor}` })
  expect(locks).toHaveBeenLastCalledWith({
    key: null,
    after: { key: 'a', position: 2 },
    limit: 3,
  })
  expect(second.json()).toMatchObject({ items: [{ key: 'b: Ü' }], nextCursor: null })
})

it('keeps a key with any characters through a cursor', async () => {
  const key = 'b: Ü\n:7'
  const locks = vi.fn(async (_: LockFilter) => [lock(key, 3), lock(key, 4)])
  const app = await appWith({ locks })
  const first = await call(app, { url: '/locks?limit=1' })
  await call(app, { url: `/locks?limit=1&cursor=${first.json().nextCursor}` })
  expect(locks).toHaveBeenLastCalledWith({ key: null, after: { key, position: 3 }, limit: 2 })
})

it.each(['x', 'MTox', Buffer.from('1:-1:a').toString('base64url')])(
  'refuses the cursor %s',
  async (cursor) => {
    const response = await call(await appWith(), { url: `/locks?cursor=${cursor}` })
    expect(response.statusCode).toBe(400)
    expect(response.json()).toMatchObject({ code: 'CURSOR_INVALID' })
  },
)
