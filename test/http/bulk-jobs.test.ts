/** Bulk jobs at the edge: what is asked for, by whom, and what is shown. */
import { describe, expect, it, vi } from 'vitest'
import type { BulkOrder } from '../../orchestrator/bulk/bulk.ts'
import { orchestratorError } from '../../orchestrator/errors.ts'
import type { BulkRequest } from '../../orchestrator/store/bulk-jobs.ts'
import type { SearchFilter } from '../../orchestrator/store/search-sagas.ts'
import { call } from './documented.ts'
import { appWith, bulk, bulkItem, bulkJob, idOf, sagaId } from './fake-edge.ts'
import { as, guardedApp } from './login-as.ts'

const by = { actor: 'bob', reason: 'why' }
const retryStuck = { ...by, verb: 'retry', filter: { status: ['stuck'] } }
const post = (payload: object, headers = {}) =>
  ({ method: 'POST', url: '/bulk-jobs', payload, headers }) as const

describe('POST /bulk-jobs', () => {
  it('is a dry run, unless it says otherwise', async () => {
    const create = vi.fn(bulk.create)
    const refusal = orchestratorError('SAGA_ENDED', { id: sagaId, status: 'completed' })
    const one = { sagaId, sagaName: 'send-parcel', commands: null }
    const preview = async () => ({
      total: 2,
      sample: [{ ...one, outcome: 'refused' as const, refusal }],
    })
    const app = await appWith({ bulk: { ...bulk, preview, create } })
    const response = await call(app, post(retryStuck))
    expect(response.statusCode).toBe(200)
    expect(response.json()).toMatchObject({
      total: 2,
      sample: [{ sagaId, outcome: 'refused', refusal: { code: 'SAGA_ENDED' } }],
    })
    expect(create).not.toHaveBeenCalled()
  })

  it('makes a job of what it names, and says where it is', async () => {
    const create = vi.fn(async (_: BulkOrder) => bulkJob)
    const app = await appWith({ bulk: { ...bulk, create } })
    const filter = { name: 'send-parcel', ids: [sagaId], attribute: ['customer:c-1'] }
    const skip = { verb: 'skip', step: 'takeStock', effect: 'none', perSecond: 3 }
    const body = { ...by, ...skip, filter, dryRun: false, sagasMax: 7 }
    const response = await call(app, post(body, { 'idempotency-key': 'K' }))
    expect(response.statusCode).toBe(202)
    expect(response.headers['location']).toBe(`/bulk-jobs/${bulkJob.id}`)
    expect(create.mock.calls[0]?.[0]).toMatchObject({
      request: { ...by, ...skip, filter },
      sagasMax: 7,
      filter: { name: 'send-parcel', ids: [sagaId], attributes: { customer: 'c-1' }, names: null },
      principal: null,
      key: '/K',
    })
  })

  it.each([
    ['no filter', { filter: {} }],
    ['a filter of nothing known', { filter: { colour: 'red' } }],
    ['an unknown verb', { verb: 'explode' }],
    ['a skip without its step', { verb: 'skip', effect: 'none' }],
    ['a step of no skip', { step: 'takeStock' }],
    ['an id that is none', { filter: { ids: ['no-uuid'] } }],
    ['a pace of nothing', { perSecond: 0 }],
    ['no reason', { reason: '' }],
  ])('refuses %s', async (_, change) => {
    const response = await call(await appWith(), post({ ...retryStuck, ...change }))
    expect([response.statusCode, response.json().code]).toEqual([400, 'REQUEST_INVALID'])
  })

  it('is about the sagas that the caller may steer, in the name of the caller', async () => {
    const create = vi.fn(async (_: BulkOrder) => bulkJob)
    const preview = vi.fn(async (_: BulkRequest, __: SearchFilter) => ({ total: 0, sample: [] }))
    const { app, audit } = await guardedApp({ bulk: { ...bulk, create, preview } })
    const headers = as('viewer:*+operator:a+admin:b')
    await app.inject(post({ ...retryStuck, dryRun: false }, headers))
    await app.inject(post(retryStuck, headers))
    expect(create.mock.calls[0]?.[0]).toMatchObject({
      filter: { names: ['a', 'b'] },
      principal: 'ann',
      request: { actor: 'bob (by ann)' },
    })
    expect(preview.mock.calls[0]?.[1]).toMatchObject({ names: ['a', 'b'] })
    expect(audit[0]).toMatchObject({ action: 'POST /bulk-jobs', reason: 'why', outcome: 'asked' })
  })
})

describe('a bulk job', () => {
  it('is shown with how far it has come', async () => {
    const response = await call(await appWith(), { url: `/bulk-jobs/${bulkJob.id}` })
    expect(response.json()).toMatchObject({
      verb: 'retry',
      step: null,
      status: 'running',
      total: 2,
      counts: { done: 1, open: 1 },
    })
  })

  it.each([idOf(1), 'no-uuid'])('that is not there is told as such: %s', async (id) => {
    for (const url of [`/bulk-jobs/${id}`, `/bulk-jobs/${id}/items`]) {
      const response = await call(await appWith(), { url })
      expect([response.statusCode, response.json().code]).toEqual([404, 'BULK_JOB_UNKNOWN'])
    }
  })

  it('tells what became of each saga, by pages', async () => {
    const items = vi.fn(async () => [bulkItem, { ...bulkItem, position: 2 }])
    const app = await appWith({ bulk: { ...bulk, items } })
    const url = `/bulk-jobs/${bulkJob.id}/items`
    const first = (await call(app, { url: `${url}?outcome=failed&limit=1` })).json()
    expect(first).toMatchObject({ items: [{ outcome: 'SAGA_NOT_STUCK' }], nextCursor: '1' })
    await call(app, { url: `${url}?cursor=1` })
    expect(items.mock.calls).toEqual([
      [{ jobId: bulkJob.id, after: 0, outcome: 'failed', limit: 2 }],
      [{ jobId: bulkJob.id, after: 1, outcome: null, limit: 51 }],
    ])
    expect((await call(app, { url: `${url}?cursor=x` })).json().code).toBe('CURSOR_INVALID')
  })

  it('is cancelled by whoever may steer all of its sagas', async () => {
    const cancel = vi.fn(async () => undefined)
    const job = { ...bulkJob, sagaNames: ['a', 'b'] }
    const { app } = await guardedApp({ bulk: { ...bulk, cancel, find: async () => job } })
    const ask = async (roles: string) => {
      const url = `/bulk-jobs/${job.id}/cancel`
      const headers = as(roles)
      return (await app.inject({ method: 'POST', url, payload: by, headers })).statusCode
    }
    expect(await ask('operator:a')).toBe(404)
    expect(await ask('operator:a+viewer:b')).toBe(403)
    expect(cancel).not.toHaveBeenCalled()
    expect(await ask('operator:a+operator:b')).toBe(202)
    expect(cancel).toHaveBeenCalledWith(job.id)
  })

  it('about no saga at all is for who may see all: nothing says whose it is', async () => {
    const find = async () => ({ ...bulkJob, sagaNames: [] })
    const { app } = await guardedApp({ bulk: { ...bulk, find } })
    const ask = async (roles: string) =>
      (await app.inject({ url: `/bulk-jobs/${bulkJob.id}`, headers: as(roles) })).statusCode
    expect([await ask('operator:a'), await ask('viewer:*')]).toEqual([404, 200])
  })

  it('about sagas that one may not see is not in the list', async () => {
    const list = vi.fn(async () => [bulkJob])
    const { app } = await guardedApp({ bulk: { ...bulk, list } })
    await app.inject({ url: '/bulk-jobs', headers: as('viewer:a') })
    expect(list).toHaveBeenCalledWith({ names: ['a'], before: null, limit: 51 })
  })
})
