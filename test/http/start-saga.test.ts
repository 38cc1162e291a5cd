/** POST /sagas/{saga}: what is answered when, and what reaches the edge. */
import { describe, expect, it, vi } from 'vitest'
import type { StartRequest } from '../../orchestrator/coordinator/start-saga.ts'
import { orchestratorError } from '../../orchestrator/errors.ts'
import { call } from './documented.ts'
import { appWith, parcel, saga, sagaId } from './fake-edge.ts'

const start = { method: 'POST', url: '/sagas/send-parcel', payload: parcel } as const
const waiting = { ...start, headers: { prefer: 'wait=2' } } as const
const ended = saga({ status: 'completed', endedAt: new Date('2026-05-01T10:00:01.000Z') })

describe('a start without a wait', () => {
  it('is answered with 202, the id and the path of the saga', async () => {
    const response = await call(await appWith(), start)
    expect(response.statusCode).toBe(202)
    expect(response.headers.location).toBe(`/sagas/${sagaId}`)
    expect(response.json()).toEqual({ id: sagaId, name: 'send-parcel', isNew: true })
    expect(response.headers['preference-applied']).toBeUndefined()
  })

  it('reads nothing and waits for nothing', async () => {
    const find = vi.fn()
    const waitForEnd = vi.fn()
    await call(await appWith({ find, waitForEnd }), start)
    expect(find).not.toHaveBeenCalled()
    expect(waitForEnd).not.toHaveBeenCalled()
  })

  it('hands name, body and key on as they came', async () => {
    const requests: StartRequest[] = []
    const app = await appWith({
      start: async (request) => {
        requests.push(request)
        return { id: sagaId, isNew: true }
      },
    })
    await call(app, { ...start, payload: { sku: 5, more: [null] } })
    await call(app, { ...start, headers: { 'idempotency-key': 'order 17 ~' } })
    expect(requests).toEqual([
      { name: 'send-parcel', input: { sku: 5, more: [null] }, idempotencyKey: null },
      { name: 'send-parcel', input: parcel, idempotencyKey: 'order 17 ~' },
    ])
  })

  it('with a known key gives the first saga, and says that it is not new', async () => {
    const app = await appWith({ start: async () => ({ id: sagaId, isNew: false }) })
    const response = await call(app, start)
    expect(response.statusCode).toBe(202)
    expect(response.json()).toEqual({ id: sagaId, name: 'send-parcel', isNew: false })
  })

  it('takes null as an input, where the definition does', async () => {
    const inputs: unknown[] = []
    const app = await appWith({
      start: async ({ input }) => {
        inputs.push(input)
        return { id: sagaId, isNew: true }
      },
    })
    const json = { 'content-type': 'application/json' }
    expect((await call(app, { ...start, payload: 'null', headers: json })).statusCode).toBe(202)
    expect(inputs).toEqual([null])
  })

  it('with a key that was used for another body is refused with the id of the first saga', async () => {
    const app = await appWith({
      start: async () => {
        throw orchestratorError('SAGA_KEY_REUSED', { id: sagaId })
      },
    })
    const response = await call(app, start)
    expect(response.statusCode).toBe(409)
    expect(response.json()).toMatchObject({ code: 'SAGA_KEY_REUSED', sagaId })
  })
})

describe('a start with Prefer: wait', () => {
  it('is answered with 200 and the whole saga when it has ended in time', async () => {
    const waitForEnd = vi.fn(async () => null)
    const response = await call(await appWith({ waitForEnd, find: async () => ended }), waiting)
    expect(response.statusCode).toBe(200)
    expect(response.headers.location).toBe(`/sagas/${sagaId}`)
    expect(response.headers['preference-applied']).toBe('wait=2')
    expect(response.json()).toEqual(JSON.parse(JSON.stringify(ended)))
    expect(waitForEnd).toHaveBeenCalledWith(sagaId, { timeoutMs: 2_000, isNew: true })
  })

  it('reads nothing when the wait itself brings the saga', async () => {
    const find = vi.fn(async () => null)
    const app = await appWith({ waitForEnd: async () => ended, find })
    const response = await call(app, waiting)
    expect(response.json()).toEqual(JSON.parse(JSON.stringify(ended)))
    expect(find).not.toHaveBeenCalled()
  })

  it.each(['running', 'compensating', 'stuck'] as const)(
    'is answered with 202 and the saga as it stands when it is %s',
    async (status) => {
      const response = await call(await appWith({ find: async () => saga({ status }) }), waiting)
      expect(response.statusCode).toBe(202)
      expect(response.json()).toMatchObject({ status, steps: [{ name: 'takeStock' }] })
    },
  )

  it('shows why the saga turned back and where it is stuck', async () => {
    const failure = { step: 'pay', visit: 1, direction: 'do', reason: { code: 'NO' } } as const
    const stuck = { step: null, visit: 0, direction: 'undo', reason: 'lost' } as const
    const app = await appWith({ find: async () => saga({ status: 'stuck', failure, stuck }) })
    expect((await call(app, waiting)).json()).toMatchObject({ failure, stuck })
  })

  it('waits no longer than the server allows, and says so', async () => {
    const waitForEnd = vi.fn(async () => null)
    const app = await appWith({ waitForEnd }, { waitMsMax: 3_000 })
    const response = await call(app, { ...start, headers: { prefer: 'wait=3600' } })
    expect(response.headers['preference-applied']).toBe('wait=3')
    expect(waitForEnd).toHaveBeenCalledWith(sagaId, { timeoutMs: 3_000, isNew: true })
  })

  it('of 0 seconds answers with the saga at once', async () => {
    const waitForEnd = vi.fn()
    const app = await appWith({ waitForEnd })
    const response = await call(app, { ...start, headers: { prefer: 'wait=0' } })
    expect(response.json()).toMatchObject({ status: 'running' })
    expect(response.headers['preference-applied']).toBe('wait=0')
    expect(waitForEnd).not.toHaveBeenCalled()
  })

  it('is answered without a wait when as many as allowed wait already', async () => {
    const app = await appWith({}, { waitsMax: 0 })
    const response = await call(app, waiting)
    expect(response.statusCode).toBe(202)
    expect(response.json()).toEqual({ id: sagaId, name: 'send-parcel', isNew: true })
    expect(response.headers['preference-applied']).toBeUndefined()
  })

  it('still tells the id when the saga cannot be read after the wait', async () => {
    const app = await appWith({
      find: async () => {
        throw orchestratorError('STORE_UNAVAILABLE')
      },
    })
    const response = await call(app, waiting)
    expect(response.statusCode).toBe(202)
    expect(response.json()).toEqual({ id: sagaId, name: 'send-parcel', isNew: true })
  })
})
