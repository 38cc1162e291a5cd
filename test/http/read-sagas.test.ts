/** What can be read of sagas, definitions and the server's health. */
import { describe, expect, it, vi } from 'vitest'
import type { SagaFilter } from '../../orchestrator/store/saga-view.ts'
import { call } from './documented.ts'
import { appWith, historyEntry, idOf, saga, sagaId, unknownId } from './fake-edge.ts'

describe('GET /sagas/{saga}', () => {
  it('shows state, steps, errors and timers', async () => {
    const response = await call(await appWith(), { url: `/sagas/${sagaId}` })
    expect(response.statusCode).toBe(200)
    expect(response.json()).toEqual(JSON.parse(JSON.stringify(saga())))
  })

  it('shows nothing that the schema does not name', async () => {
    const leaky = { ...saga(), context: { card: '4111' } }
    const response = await call(await appWith({ find: async () => leaky }), {
      url: `/sagas/${sagaId}`,
    })
    expect(response.body).not.toContain('4111')
  })

  it('takes an id in capitals', async () => {
    const url = `/sagas/${sagaId.toUpperCase()}`
    expect((await call(await appWith(), { url })).statusCode).toBe(200)
  })

  it.each([unknownId, 'no-uuid', '1', '%00'])('does not find %s', async (id) => {
    for (const url of [`/sagas/${id}`, `/sagas/${id}/history`]) {
      const response = await call(await appWith(), { url })
      expect(response.statusCode).toBe(404)
      expect(response.json()).toMatchObject({ code: 'SAGA_NOT_FOUND' })
    }
  })

  it('answers HEAD as GET without a body', async () => {
    const response = await (await appWith()).inject({ method: 'HEAD', url: `/sagas/${sagaId}` })
    expect(response.statusCode).toBe(200)
    expect(response.body).toBe('')
  })
})

describe('GET /sagas/{saga}/history', () => {
  it('shows the entries with their facts', async () => {
    const response = await call(await appWith(), { url: `/sagas/${sagaId}/history` })
    expect(response.json()).toEqual({ items: [JSON.parse(JSON.stringify(historyEntry))] })
  })
})

describe('GET /sagas', () => {
  it('asks for the newest 50, and one more to see whether there is a next page', async () => {
    const list = vi.fn(async (_: SagaFilter) => [saga()])
    const response = await call(await appWith({ list }), { url: '/sagas' })
    expect(response.json()).toMatchObject({ items: [{ id: sagaId }], nextCursor: null })
    expect(list).toHaveBeenCalledWith({
      name: null,
      names: null,
      status: null,
      businessKey: null,
      correlationId: null,
      parentId: null,
      attributes: null,
      before: null,
      limit: 51,
    })
  })

  it('filters by name, status and business key', async () => {
    const list = vi.fn(async (_: SagaFilter) => [])
    const url = '/sagas?name=send-parcel&status=stuck&businessKey=P%201&limit=200'
    await call(await appWith({ list }), { url })
    expect(list).toHaveBeenCalledWith({
      name: 'send-parcel',
      names: null,
      status: 'stuck',
      businessKey: 'P 1',
      correlationId: null,
      parentId: null,
      attributes: null,
      before: null,
      limit: 201,
    })
  })

  it('searches by correlation id, parent and attributes, of which all must fit', async () => {
    const list = vi.fn(async (_: SagaFilter) => [])
    const app = await appWith({ list })
    const attributes = 'attribute=customer:c-1&attribute=note:a%3Ab'
    await call(app, { url: `/sagas?correlationId=C%201&parentId=${sagaId}&${attributes}` })
    await call(app, { url: '/sagas?attribute=customer:c-1&attribute=customer:c-1' })
    expect(list.mock.calls.map(([filter]) => filter)).toMatchObject([
      { correlationId: 'C 1', parentId: sagaId, attributes: { customer: 'c-1', note: 'a:b' } },
      { correlationId: null, parentId: null, attributes: { customer: 'c-1' } },
    ])
  })

  it.each([
    'parentId=no-uuid',
    'attribute=customer',
    'attribute=:c-1',
    'attribute=customer:c-1&attribute=customer:c-2',
    'attribute=customer:%00',
  ])('refuses the search %s', async (query) => {
    const response = await call(await appWith(), { url: `/sagas?${query}` })
    expect(response.statusCode).toBe(400)
    expect(response.json()).toMatchObject({ code: 'REQUEST_INVALID' })
  })

  it('goes through all pages by the cursor, none twice', async () => {
    const all = [9, 8, 7, 6, 5].map((n) => saga({ id: idOf(n) }))
    const app = await appWith({
      list: async ({ before, limit }) =>
        all.filter(({ id }) => before === null || id < before).slice(0, limit),
    })
    const pages: string[][] = []
    let cursor: string | null = ''
    while (cursor !== null && pages.length < 4) {
      const url = `/sagas?limit=2${cursor && `&cursor=${cursor}`}`
      const page: { items: { id: string }[]; nextCursor: string | null } = (
        await call(app, { url })
      ).json()
      pages.push(page.items.map(({ id }) => id))
      cursor = page.nextCursor
    }
    expect(pages).toEqual([[idOf(9), idOf(8)], [idOf(7), idOf(6)], [idOf(5)]])
  })
})

describe('GET /definitions', () => {
  it('shows every version with its steps, limits and input', async () => {
    const response = await call(await appWith(), { url: '/definitions' })
    const { items } = response.json<{ items: { steps: unknown[] }[] }>()
    expect(items).toMatchObject([
      { name: 'send-parcel', version: 1, isNewest: false, isStartable: true },
      {
        name: 'send-parcel',
        version: 2,
        isNewest: true,
        isStartable: false,
        input: { required: ['sku'] },
      },
    ])
    expect(items[1]?.steps).toEqual([
      {
        name: 'takeStock',
        kind: 'compensatable',
        command: 'stock.take-stock',
        topic: 'stock.commands',
        undo: 'stock.free-stock',
        child: null,
        retry: expect.objectContaining({ attempts: 3 }),
        undoRetry: expect.objectContaining({ attempts: 10 }),
      },
    ])
  })
})

describe('GET /health', () => {
  it('live answers 200 whatever is away', async () => {
    const app = await appWith({ problems: () => Promise.reject(new Error('all is lost')) })
    expect((await call(app, { url: '/health/live' })).statusCode).toBe(200)
  })

  it('ready answers 200 when nothing is away', async () => {
    const response = await call(await appWith(), { url: '/health/ready' })
    expect(response.statusCode).toBe(200)
    expect(response.json()).toEqual({ isReady: true, problems: {} })
  })

  it('ready answers 503 and names what is away', async () => {
    const app = await appWith({ problems: async () => ({ kafka: 'no broker answers' }) })
    const response = await call(app, { url: '/health/ready' })
    expect(response.statusCode).toBe(503)
    expect(response.json()).toEqual({ isReady: false, problems: { kafka: 'no broker answers' } })
  })
})
