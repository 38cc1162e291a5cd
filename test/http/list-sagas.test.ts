/** `GET /sagas` and `GET /saga-counts`: what they ask the store for, and what they make of it. */
import { describe, expect, it, vi } from 'vitest'
import type { KeyedFilter } from '../../orchestrator/store/list-sagas.ts'
import type { SearchFilter, SearchPage } from '../../orchestrator/store/search-sagas.ts'
import { call } from './documented.ts'
import { appWith, counted, found, idOf, sagaId } from './fake-edge.ts'
import { as, guardedApp } from './login-as.ts'

const nothing = {
  name: null,
  names: null,
  version: null,
  statuses: null,
  step: null,
  startedAfter: null,
  startedBefore: null,
  businessKey: null,
  correlationId: null,
  parentId: null,
  attributes: null,
  error: null,
  ids: null,
}

const searcher = () => vi.fn(async (_: SearchFilter, __: SearchPage) => [found()])

describe('GET /sagas', () => {
  it('asks for the newest 50, and one more to see whether there is a next page', async () => {
    const search = searcher()
    const response = await call(await appWith({ search }), { url: '/sagas' })
    expect(response.json()).toMatchObject({
      items: [{ id: sagaId, stepsUnderWay: ['takeStock'], error: 'takeStock: SLOW' }],
      nextCursor: null,
      lagMs: 120,
    })
    expect(search).toHaveBeenCalledWith(nothing, { before: null, limit: 51 })
  })

  it('searches by everything that it names', async () => {
    const search = searcher()
    const times = 'startedAfter=2026-01-01T00:00:00Z&startedBefore=2026-01-02T00:00:00%2B01:00'
    const words = 'step=takeStock&error=card%20declined'
    const url = `/sagas?name=send-parcel&version=2&status=stuck&status=paused&${words}&${times}`
    await call(await appWith({ search }), { url: `${url}&limit=200` })
    expect(search).toHaveBeenCalledWith(
      {
        ...nothing,
        name: 'send-parcel',
        version: 2,
        statuses: ['stuck', 'paused'],
        step: 'takeStock',
        error: 'card declined',
        startedAfter: new Date('2026-01-01T00:00:00Z'),
        startedBefore: new Date('2026-01-01T23:00:00Z'),
      },
      { before: null, limit: 201 },
    )
  })

  it('looks at the sagas themselves where there is a key, and then it is not behind', async () => {
    const list = vi.fn(async (_: KeyedFilter) => [found()])
    const app = await appWith({ list })
    for (const key of ['businessKey=P%201', 'correlationId=C%201', `parentId=${sagaId}`]) {
      const response = await call(app, { url: `/sagas?${key}&status=stuck` })
      expect(response.json()).toMatchObject({ lagMs: 0 })
    }
    expect(list.mock.calls.map(([filter]) => filter)).toMatchObject([
      { businessKey: 'P 1', statuses: ['stuck'], before: null, limit: 51 },
      { correlationId: 'C 1' },
      { parentId: sagaId },
    ])
  })

  it('with a key and what only the read model has it searches there', async () => {
    const search = searcher()
    await call(await appWith({ search }), { url: '/sagas?businessKey=P&step=takeStock' })
    expect(search).toHaveBeenCalledWith(
      { ...nothing, businessKey: 'P', step: 'takeStock' },
      expect.anything(),
    )
  })

  it('says when it is not known how far it is behind', async () => {
    const response = await call(await appWith({ searchLag: async () => null }), { url: '/sagas' })
    expect(response.json()).toMatchObject({ lagMs: null })
  })

  it('takes attributes, of which all must fit', async () => {
    const search = searcher()
    const app = await appWith({ search })
    await call(app, { url: '/sagas?attribute=customer:c-1&attribute=note:a%3Ab' })
    await call(app, { url: '/sagas?attribute=customer:c-1&attribute=customer:c-1' })
    expect(search.mock.calls.map(([filter]) => filter.attributes)).toEqual([
      { customer: 'c-1', note: 'a:b' },
      { customer: 'c-1' },
    ])
  })

  it.each([
    'parentId=no-uuid',
    'attribute=customer',
    'attribute=:c-1',
    'attribute=customer:c-1&attribute=customer:c-2',
    'attribute=customer:%00',
    'status=lost',
    'version=0',
    'startedAfter=yesterday',
    'startedBefore=2026-01-01',
    'error=%00',
    'colour=red',
  ])('refuses the search %s', async (query) => {
    const response = await call(await appWith(), { url: `/sagas?${query}` })
    expect(response.statusCode).toBe(400)
    expect(response.json()).toMatchObject({ code: 'REQUEST_INVALID' })
  })
})

describe('a cursor', () => {
  const all = [9, 8, 7, 6, 5].map((n) => found({ id: idOf(n) }))

  async function pagesOf(app: Awaited<ReturnType<typeof appWith>>, query: string) {
    const pages: string[][] = []
    let cursor: string | null = ''
    while (cursor !== null && pages.length < 4) {
      const url = `/sagas?${query}limit=2${cursor && `&cursor=${cursor}`}`
      const page: { items: { id: string }[]; nextCursor: string | null } = (
        await call(app, { url })
      ).json()
      pages.push(page.items.map(({ id }) => id))
      cursor = page.nextCursor
    }
    return pages
  }

  const expected = [[idOf(9), idOf(8)], [idOf(7), idOf(6)], [idOf(5)]]

  it('goes through all pages of a search, none twice', async () => {
    const app = await appWith({
      search: async (_, { before, limit }) =>
        all.filter(({ id }) => before === null || id < before.id).slice(0, limit),
    })
    expect(await pagesOf(app, '')).toEqual(expected)
  })

  it('goes through all pages of a key', async () => {
    const app = await appWith({
      list: async ({ before, limit }) =>
        all.filter(({ id }) => before === null || id < before).slice(0, limit),
    })
    expect(await pagesOf(app, 'businessKey=P&')).toEqual(expected)
  })

  it('is of use for its own list only', async () => {
    const app = await appWith({ search: async () => all, list: async () => all })
    const ask = async (url: string) => (await call(app, { url })).json()
    const { nextCursor: searched } = await ask('/sagas?limit=2')
    const { nextCursor: keyed } = await ask('/sagas?limit=2&businessKey=P')
    for (const url of [
      `/sagas?businessKey=P&cursor=${searched}`,
      `/sagas?cursor=${keyed}`,
      '/sagas?cursor=elsewhere',
      `/sagas?cursor=${Buffer.from(`2:1:${sagaId} `).toString('base64url')}`,
    ]) {
      expect(await ask(url)).toMatchObject({ code: 'CURSOR_INVALID', status: 400 })
    }
  })
})

describe('GET /saga-counts', () => {
  it('shows each group, and the sums by status', async () => {
    const count = vi.fn(async (_: readonly string[] | null) => [
      counted,
      { ...counted, version: 1, count: 4 },
      { ...counted, status: 'stuck' as const, count: 1 },
    ])
    const response = await call(await appWith({ count }), { url: '/saga-counts' })
    expect(response.json()).toMatchObject({
      items: [{ count: 3 }, { count: 4 }, { count: 1 }],
      byStatus: { running: 7, stuck: 1 },
      lagMs: 120,
    })
    expect(count).toHaveBeenCalledWith(null)
  })

  it('counts what may be seen, and nothing of other names', async () => {
    const count = vi.fn(async (_: readonly string[] | null) => [])
    const { app } = await guardedApp({ count })
    const headers = as('viewer:a+operator:b')
    await app.inject({ url: '/saga-counts', headers })
    await app.inject({ url: '/saga-counts?name=a', headers })
    await app.inject({ url: '/saga-counts?name=c', headers })
    expect(count.mock.calls).toEqual([[['a', 'b']], [['a']], [[]]])
  })
})
