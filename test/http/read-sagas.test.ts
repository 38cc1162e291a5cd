/** What can be read of sagas, definitions and the server's health. */
import { describe, expect, it, vi } from 'vitest'
import type { SagaId } from '../../messaging/message.ts'
import type { Moment } from '../../orchestrator/coordinator/past-saga.ts'
import type { AskedLogs, Edge } from '../../orchestrator/http/edge.ts'
import { call } from './documented.ts'
import {
  appWith,
  historyEntry,
  logLine,
  saga,
  sagaId,
  sagaMessage,
  unknownId,
} from './fake-edge.ts'

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

  it('asks for a past moment by time or by number of an entry', async () => {
    const findPast = vi.fn(async (_: SagaId, __: Moment) => saga({ revision: 1 }))
    const app = await appWith({ findPast })
    for (const at of ['2030-01-31T09:00:00Z', '12']) {
      const response = await call(app, { url: `/sagas/${sagaId}?at=${at}` })
      expect(response.json()).toMatchObject({ revision: 1 })
    }
    const moments = findPast.mock.calls.map(([, moment]) => moment)
    expect(moments).toEqual([{ at: Date.parse('2030-01-31T09:00:00Z') }, { seq: 12 }])
    for (const at of ['1.5', '-1', 'now']) {
      const response = await call(app, { url: `/sagas/${sagaId}?at=${at}` })
      expect([response.statusCode, response.json().code]).toEqual([400, 'REQUEST_INVALID'])
    }
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

describe('GET /sagas/{saga}/messages', () => {
  it('shows them with what was in them', async () => {
    const response = await call(await appWith(), { url: `/sagas/${sagaId}/messages` })
    expect(response.json()).toEqual({ items: [JSON.parse(JSON.stringify(sagaMessage))] })
  })
})

describe('GET /sagas/{saga}/logs', () => {
  const url = `/sagas/${sagaId}/logs`
  const second = { ...logLine, digest: 8n }
  const { digest: _, keptUs: __, ...shown } = JSON.parse(JSON.stringify({ ...logLine, digest: 0 }))

  it('pages through the lines, from a time or a place on', async () => {
    const asked: AskedLogs[] = []
    const logs: Edge['logs'] = async (ask) => {
      asked.push(ask)
      const { keptUs, digest } = ask.after
      const left = [logLine, second].filter((one) => one.keptUs > keptUs || one.digest > digest)
      return left.slice(0, ask.limit)
    }
    const app = await appWith({ logs })
    const first = await call(app, { url: `${url}?limit=1&since=2030-01-31T09:00:00Z` })
    const id = `${logLine.at.getTime()}.5.-7`
    const expected = { isCollected: true, items: [{ id, ...shown }], nextCursor: id }
    expect(first.json()).toEqual(expected)
    const last = await call(app, { url: `${url}?limit=1&cursor=${id}` })
    expect(last.json()).toMatchObject({ items: [{ level: 'warn' }], nextCursor: null })
    expect(asked[0]?.after.at).toEqual(new Date('2030-01-31T09:00:00Z'))
  })

  it('says where nobody collects, and refuses what is no cursor and no saga', async () => {
    const off = await call(await appWith({ logs: async () => null }), { url })
    expect(off.json()).toEqual({ isCollected: false, items: [], nextCursor: null })
    const app = await appWith()
    const huge = `1.1.${2n ** 63n}`
    const codes = ['?cursor=x', `?cursor=${huge}`, '?since=soon', '?limit=1001'].map(
      async (query) => (await call(app, { url: url + query })).json().code,
    )
    const invalid = 'CURSOR_INVALID'
    expect(await Promise.all(codes)).toEqual([
      invalid,
      invalid,
      'REQUEST_INVALID',
      'REQUEST_INVALID',
    ])
    const other = await call(app, { url: url.replace(sagaId, unknownId) })
    expect(other.json().code).toBe('SAGA_NOT_FOUND')
  })
})

describe('GET /definitions/{saga}/{version}', () => {
  const app = appWith()

  it('shows its chart and its worst case', async () => {
    const response = await call(await app, { url: '/definitions/send-parcel/1' })
    expect(response.json()).toMatchObject({
      ...{ name: 'send-parcel', version: 1, isNewest: false, deadlineMs: null },
      chart: { nodes: [{ name: 'takeStock', steps: ['takeStock'], isInitial: true }, {}, {}] },
      worstCase: { steps: [{ name: 'takeStock' }] },
    })
  })

  it.each([
    ['no-such/1', 404, 'SAGA_NAME_UNKNOWN'],
    ['send-parcel/9', 404, 'DEFINITION_UNKNOWN'],
    ['send-parcel/0', 400, 'REQUEST_INVALID'],
    ['send-parcel/x', 400, 'REQUEST_INVALID'],
  ])('refuses %s', async (path, status, code) => {
    const response = await call(await app, { url: `/definitions/${path}` })
    expect([response.statusCode, response.json()['code']]).toEqual([status, code])
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
