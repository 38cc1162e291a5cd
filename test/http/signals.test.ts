/** Signals and later starts over REST: what reaches the edge, and how it is answered. */
import { describe, expect, it, vi } from 'vitest'
import type { SignalRequest } from '../../orchestrator/coordinator/signal-sagas.ts'
import type { StartRequest } from '../../orchestrator/coordinator/start-saga.ts'
import { orchestratorError } from '../../orchestrator/errors.ts'
import { call } from './documented.ts'
import { appWith, parcel, sagaId } from './fake-edge.ts'

const byId = { method: 'POST', url: `/sagas/${sagaId}/signals/paid` } as const
const byKey = { method: 'POST', url: '/signals/paid' } as const
const to = { saga: 'send-parcel', businessKey: 'P-1' }

function edgeThatTells() {
  const signal = vi.fn(async (_: SignalRequest) => ({ sagaId, outcome: 'delivered' as const }))
  return { signal, asked: () => signal.mock.calls.map(([request]) => request) }
}

describe('a signal', () => {
  it('goes to the saga of that id, and the answer says what became of it', async () => {
    const { signal, asked } = edgeThatTells()
    const payload = { data: { amount: 5 }, actor: 'ann' }
    const response = await call(await appWith({ signal }), { ...byId, payload })
    expect(response.statusCode).toBe(202)
    expect(response.json()).toEqual({ sagaId, outcome: 'delivered' })
    const event = { type: 'signalled', id: expect.any(String), name: 'paid', ...payload }
    expect(asked()).toEqual([{ target: { sagaId }, event }])
  })

  it('goes to the saga of that name and business key', async () => {
    const { signal, asked } = edgeThatTells()
    const response = await call(await appWith({ signal }), { ...byKey, payload: to })
    expect(response.json()).toEqual({ sagaId, outcome: 'delivered' })
    expect(asked()).toMatchObject([{ target: to, event: { data: null, actor: null } }])
  })

  it('may have a name of 200 characters, however a path spells it', async () => {
    const { signal, asked } = edgeThatTells()
    const name = '😀'.repeat(100)
    const url = `/signals/${encodeURIComponent(name)}`
    const response = await call(await appWith({ signal }), { method: 'POST', url, payload: to })
    expect(response.statusCode).toBe(202)
    expect(asked()).toMatchObject([{ event: { name } }])
  })

  it('has its Idempotency-Key for an id, or else one of its own', async () => {
    const { signal, asked } = edgeThatTells()
    const app = await appWith({ signal })
    const headers = { 'idempotency-key': 'bank 17' }
    await call(app, { ...byId, headers, payload: {} })
    await call(app, { ...byKey, headers, payload: to })
    await call(app, { ...byId, payload: {} })
    await call(app, { ...byId, payload: {} })
    const ids = asked().map(({ event }) => event.id)
    expect(ids.slice(0, 2)).toEqual(['bank 17', 'bank 17'])
    expect(new Set(ids).size).toBe(3)
  })

  it.each([
    { ...byId, payload: { actor: '' } },
    { ...byId, payload: { sure: true } },
    { ...byKey, payload: { saga: 'send-parcel' } },
    { ...byKey, payload: { ...to, businessKey: '' } },
    { ...byKey, payload: { ...to, sagaId } },
  ])('is refused as %j', async (request) => {
    const response = await call(await appWith(), request)
    expect(response.statusCode).toBe(400)
    expect(response.json()).toMatchObject({ code: 'REQUEST_INVALID' })
  })

  it.each([
    ['SAGA_NOT_FOUND', 404],
    ['SAGA_KEY_UNKNOWN', 404],
    ['SIGNAL_UNKNOWN', 404],
    ['SIGNAL_INVALID', 422],
    ['SIGNAL_TOO_LATE', 409],
    ['SIGNAL_AMBIGUOUS', 409],
    ['SIGNALS_FULL', 429],
  ] as const)('that is refused with %s is answered with %i', async (code, status) => {
    const app = await appWith({
      signal: async () => {
        throw orchestratorError(code, { sagaIds: 's1, s2' })
      },
    })
    const response = await call(app, { ...byId, payload: {} })
    expect(response.statusCode).toBe(status)
    expect(response.json()).toMatchObject({ code })
  })

  it('for one of several sagas names them', async () => {
    const app = await appWith({
      signal: async () => {
        throw orchestratorError('SIGNAL_AMBIGUOUS', { ...to, sagaIds: 's1, s2' })
      },
    })
    const { detail } = (await call(app, { ...byKey, payload: to })).json()
    expect(detail).toContain('s1, s2')
  })
})

describe('a start for later', () => {
  const start = (startAt: string) =>
    ({
      method: 'POST',
      url: `/sagas/send-parcel?startAt=${encodeURIComponent(startAt)}`,
      payload: parcel,
    }) as const

  it.each([
    ['2030-01-31T09:00:00Z', Date.UTC(2030, 0, 31, 9)],
    ['2030-01-31T09:00:00.250+01:00', Date.UTC(2030, 0, 31, 8, 0, 0, 250)],
    ['1999-12-31T23:00Z', Date.UTC(1999, 11, 31, 23)],
  ])('at %s brings the moment', async (text, startAt) => {
    const requests: StartRequest[] = []
    const app = await appWith({
      start: async (request) => {
        requests.push(request)
        return { id: sagaId, isNew: true }
      },
    })
    expect((await call(app, start(text))).statusCode).toBe(202)
    expect(requests).toMatchObject([{ startAt, input: parcel }])
  })

  it.each([
    'tomorrow',
    '2030-01-31',
    '2030-13-31T09:00:00Z',
    '2030-01-31T09:00:00',
    '1893574800000',
  ])('at %s is refused', async (text) => {
    const response = await call(await appWith(), start(text))
    expect(response.statusCode).toBe(422)
    expect(response.json()).toMatchObject({ code: 'START_TIME_INVALID' })
  })
})
