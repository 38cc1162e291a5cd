/** Bad requests: each gets a problem document with its code, and nothing of ours leaks into it. */
import type { InjectOptions } from 'fastify'
import { describe, expect, it, vi } from 'vitest'
import { messagingError } from '../../messaging/errors.ts'
import { silentLog } from '../../messaging/log.ts'
import { orchestratorError } from '../../orchestrator/errors.ts'
import { call } from './documented.ts'
import { appWith, parcel, sagaId } from './fake-edge.ts'

const url = '/sagas/send-parcel'
const json = { 'content-type': 'application/json' }
const post = (payload: string | Buffer, headers = {}): InjectOptions => ({
  method: 'POST',
  url,
  payload,
  headers: { ...json, ...headers },
})
const keyed = (key: string) => post('{"sku":"A"}', { 'idempotency-key': key })
const deep = `${'['.repeat(200)}${']'.repeat(200)}`

const cases: readonly (readonly [string, number, string, InjectOptions])[] = [
  ['an unknown saga', 404, 'SAGA_NAME_UNKNOWN', { ...post('{}'), url: '/sagas/nope' }],
  ['an invalid input', 422, 'SAGA_INPUT_INVALID', post('{"sku":5}')],
  ['an input with too much in it', 422, 'SAGA_INPUT_INVALID', post('{"sku":"A","admin":true}')],
  ['malformed JSON', 400, 'REQUEST_INVALID', post('{"sku":')],
  ['an empty body', 400, 'REQUEST_INVALID', post('')],
  ['no body', 400, 'REQUEST_INVALID', { method: 'POST', url }],
  ['a poisoned body', 400, 'REQUEST_INVALID', post('{"__proto__":{"a":1}}')],
  ['another one', 400, 'REQUEST_INVALID', post('{"constructor":{"prototype":{"a":1}}}')],
  ['a body not in UTF-8', 400, 'REQUEST_INVALID', post(Buffer.from([0x22, 0xff, 0x22]))],
  ['a NUL in the body', 400, 'REQUEST_INVALID', post('{"sku":"\\u0000"}')],
  ['half a character', 400, 'REQUEST_INVALID', post('{"sku":"\\ud800"}')],
  ['too deep nesting', 400, 'REQUEST_INVALID', post(deep)],
  ['a too large body', 413, 'BODY_TOO_LARGE', post(JSON.stringify('x'.repeat(70_000)))],
  ['plain text', 415, 'MEDIA_TYPE_UNSUPPORTED', post('{}', { 'content-type': 'text/plain' })],
  [
    'a near miss',
    415,
    'MEDIA_TYPE_UNSUPPORTED',
    post('{}', { 'content-type': 'application/jsonx' }),
  ],
  ['a broken type', 415, 'MEDIA_TYPE_UNSUPPORTED', post('{}', { 'content-type': 'json' })],
  ['packed JSON', 415, 'MEDIA_TYPE_UNSUPPORTED', post('{}', { 'content-encoding': 'gzip' })],
  ['an empty key', 400, 'REQUEST_INVALID', keyed('')],
  ['a long key', 400, 'REQUEST_INVALID', keyed('x'.repeat(201))],
  ['a key with a tab', 400, 'REQUEST_INVALID', keyed('a\tb')],
  ['a key beyond ASCII', 400, 'REQUEST_INVALID', keyed('schlüssel')],
  ['a bad Prefer', 400, 'REQUEST_INVALID', post('{"sku":"A"}', { prefer: 'wait=soon' })],
  ['a long Prefer', 400, 'REQUEST_INVALID', post('{"sku":"A"}', { prefer: 'x'.repeat(201) })],
  ['a query where none is', 400, 'REQUEST_INVALID', { ...post('{}'), url: `${url}?dry=1` }],
  ['a long name', 400, 'REQUEST_INVALID', { ...post('{}'), url: `/sagas/${'x'.repeat(201)}` }],
  [
    'an endless name',
    400,
    'REQUEST_INVALID',
    { ...post('{}'), url: `/sagas/${'x'.repeat(3_000)}` },
  ],
  ['a broken path', 400, 'REQUEST_INVALID', { ...post('{}'), url: '/sagas/%zz' }],
  ['a limit of 0', 400, 'REQUEST_INVALID', { url: '/sagas?limit=0' }],
  ['a limit of 201', 400, 'REQUEST_INVALID', { url: '/sagas?limit=201' }],
  ['a limit in other digits', 400, 'REQUEST_INVALID', { url: '/sagas?limit=1e1' }],
  ['a limit in words', 400, 'REQUEST_INVALID', { url: '/sagas?limit=ten' }],
  ['half a limit', 400, 'REQUEST_INVALID', { url: '/sagas?limit=1.5' }],
  ['an unknown status', 400, 'REQUEST_INVALID', { url: '/sagas?status=lost' }],
  ['two names', 400, 'REQUEST_INVALID', { url: '/sagas?name=one&name=two' }],
  ['an unknown filter', 400, 'REQUEST_INVALID', { url: '/sagas?color=red' }],
  ['a NUL in a filter', 400, 'REQUEST_INVALID', { url: '/sagas?businessKey=%00' }],
  ['a made-up cursor', 400, 'CURSOR_INVALID', { url: '/sagas?cursor=abc' }],
  ['a bare id as cursor', 400, 'CURSOR_INVALID', { url: `/sagas?cursor=${sagaId}` }],
  [
    'a cursor of another version',
    400,
    'CURSOR_INVALID',
    { url: `/sagas?cursor=${Buffer.from(`2:${sagaId}`).toString('base64url')}` },
  ],
  [
    'a padded cursor',
    400,
    'CURSOR_INVALID',
    { url: `/sagas?cursor=${Buffer.from(`1:${sagaId}`).toString('base64url')}=` },
  ],
  ['an unknown route', 404, 'ROUTE_NOT_FOUND', { url: '/nothing?here' }],
  ['an unknown route with a body', 404, 'ROUTE_NOT_FOUND', { ...post('{'), url: '/nothing' }],
  ['no id', 400, 'REQUEST_INVALID', { url: '/sagas/' }],
  ['a wrong method', 405, 'METHOD_NOT_ALLOWED', { method: 'DELETE', url: `/sagas/${sagaId}` }],
  ['a wrong method with a body', 405, 'METHOD_NOT_ALLOWED', { ...post('{'), url: '/definitions' }],
  ['a method of others', 405, 'METHOD_NOT_ALLOWED', { method: 'OPTIONS', url: '/sagas' }],
]

const app = await appWith()

describe('a refused request', () => {
  it.each(cases)('with %s gets %i %s', async (_, status, code, options) => {
    const response = await call(app, options)
    expect(response.statusCode).toBe(status)
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8')
    expect(response.json()).toEqual({
      type: `urn:sagaline:error:${code}`,
      title: expect.stringMatching(/^[A-Z][a-z ]+$/),
      status,
      detail: expect.stringMatching(/\S/),
      code,
      instance: expect.stringMatching(/^[0-9a-f-]+$/),
    })
  })

  it('at a wrong method tells the right ones', async () => {
    const response = await call(app, { method: 'PUT', url: `/sagas/${sagaId}/retry` })
    expect(response.headers.allow).toBe('POST')
  })

  it('never reaches the edge', async () => {
    const start = vi.fn()
    const app = await appWith({ start })
    const mine = cases.filter(([, status]) => status !== 404 && status !== 422)
    for (const [, , , options] of mine) await call(app, options)
    expect(start).not.toHaveBeenCalled()
  })

  it('has an id of its own', async () => {
    const ids = [1, 2].map(async () => (await call(app, { url: '/nothing' })).json().instance)
    expect(new Set(await Promise.all(ids)).size).toBe(2)
  })
})

describe('a failure', () => {
  const start = { method: 'POST', url, payload: parcel } as const
  const secret = 'password=hunter2'

  it('that nobody expected tells nothing, and is logged under the id of the request', async () => {
    const log = { ...silentLog, error: vi.fn() }
    const error = new Error(secret)
    const response = await call(await appWith({ log, start: () => Promise.reject(error) }), start)
    expect(response.statusCode).toBe(500)
    expect(response.body).not.toContain(secret)
    const { instance, code } = response.json<{ instance: string; code: string }>()
    expect(code).toBe('INTERNAL')
    expect(log.error).toHaveBeenCalledExactlyOnceWith(
      'http.failed',
      expect.objectContaining({ requestId: instance, error, route: '/sagas/:saga' }),
    )
  })

  it.each([
    [500, orchestratorError('SAGA_DEFINITION_FAILED', { name: 'x', problem: secret })],
    [503, messagingError('BROKER_UNREACHABLE', { brokers: secret, problem: secret })],
  ])('of ours with inner details keeps them: %i', async (status, error) => {
    const log = { ...silentLog, error: vi.fn(), warn: vi.fn() }
    const response = await call(await appWith({ log, start: () => Promise.reject(error) }), start)
    expect(response.statusCode).toBe(status)
    expect(response.json()).toMatchObject({ code: error.code })
    expect(response.body).not.toContain(secret)
    expect(log.error.mock.calls.length + log.warn.mock.calls.length).toBe(1)
  })

  it.each([
    orchestratorError('STORE_UNAVAILABLE'),
    orchestratorError('OVERLOADED', { limit: 10 }),
    orchestratorError('STOPPING'),
  ])('that may pass says when to come back: $code', async (error) => {
    const response = await call(await appWith({ start: () => Promise.reject(error) }), start)
    expect(response.statusCode).toBe(503)
    expect(response.headers['retry-after']).toBe('1')
    expect(response.json()).toMatchObject({ code: error.code, detail: error.message })
  })

  it('of a thrown text tells nothing either', async () => {
    const response = await call(await appWith({ start: () => Promise.reject(secret) }), start)
    expect(response.statusCode).toBe(500)
    expect(response.body).not.toContain(secret)
  })
})
