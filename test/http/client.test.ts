/** The typed client against the edge, over real HTTP: calls, refusals, pages. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ApiError, createClient } from '../../orchestrator/client/index.ts'
import { createHttpServer, type HttpServer } from '../../orchestrator/http/http-server.ts'
import type { SearchFilter } from '../../orchestrator/store/search-sagas.ts'
import { fakeEdge, found, idOf, sagaId, unknownId } from './fake-edge.ts'

const asked: SearchFilter[] = []
const all = [5, 4, 3].map((n) => found({ id: idOf(n) }))
const edge = fakeEdge({
  logIn: async (token) =>
    token === 'secret' ? { name: 'ann', grants: [{ role: 'operator', saga: '*' }] } : null,
  search: async (filter, { before, limit }) => {
    asked.push(filter)
    return all.filter(({ id }) => before === null || id < before.id).slice(0, limit)
  },
  problems: async () => ({ kafka: 'it is gone' }),
})
const options = { host: '127.0.0.1', port: 0, login: { keys: true, jwt: null } } as const
const server: HttpServer = createHttpServer(edge, { ...options, readsMax: 30 })
let url = ''

beforeAll(async () => {
  url = (await server.start()).url
})
afterAll(() => server.stop())

const client = () => createClient({ url, token: async () => 'secret' })

it('calls an operation by its id, and answers with its type', async () => {
  const saga = await client().call('get-saga', { path: { saga: sagaId } })
  const status: 'running' | string = saga.status
  expect([saga.id, status, saga.steps[0]?.name]).toEqual([sagaId, 'running', 'takeStock'])
  const told = await client().call('retry-saga', {
    path: { saga: sagaId },
    headers: { 'idempotency-key': 'K' },
    body: { actor: 'bob', reason: 'why' },
  })
  expect(told.id).toBe(sagaId)
})

it('gives lists and words as they are meant', async () => {
  const query = { status: ['stuck', 'paused'] as const, error: 'a & b', limit: 2 }
  const { items, nextCursor } = await client().call('list-sagas', { query })
  expect([items.length, typeof nextCursor]).toEqual([2, 'string'])
  expect(asked.at(-1)).toMatchObject({ statuses: ['stuck', 'paused'], error: 'a & b' })
})

it('goes through all pages', async () => {
  const ids: string[] = []
  for await (const { id } of client().pages('list-sagas', { query: { limit: 1 } })) ids.push(id)
  expect(ids).toEqual(all.map(({ id }) => id))
})

it('rejects with the problem of a refusal', async () => {
  const refused = client().call('get-saga', { path: { saga: unknownId } })
  await expect(refused).rejects.toBeInstanceOf(ApiError)
  await expect(refused).rejects.toMatchObject({
    code: 'SAGA_NOT_FOUND',
    status: 404,
    problem: { title: 'Saga not found', instance: expect.any(String) },
    retryAfterMs: null,
  })
  const strangers = createClient({ url }).call('list-sagas')
  await expect(strangers).rejects.toMatchObject({ code: 'LOGIN_REQUIRED' })
})

it('answers the page for Prometheus as the text that it is', async () => {
  expect(await client().call('get-metrics')).toMatch(/^# HELP sagaline_\w+ /)
})

it('says when to come again', async () => {
  const many = Array.from({ length: 400 }, () => client().call('list-definitions'))
  const late = (await Promise.allSettled(many)).find(({ status }) => status === 'rejected')
  expect(late).toMatchObject({ reason: { code: 'RATE_LIMITED', retryAfterMs: 1_000 } })
})

it('answers what is away, which is no refusal', async () => {
  const { isReady, problems } = await client().call('is-ready')
  expect([isReady, problems]).toEqual([false, { kafka: 'it is away' }])
})

it('tells of an answer that is no problem document', async () => {
  const proxy = async () => new Response('<html>', { status: 502, statusText: 'Bad Gateway' })
  const behind = createClient({ url, fetch: proxy as typeof fetch })
  await expect(behind.call('list-definitions')).rejects.toMatchObject({
    code: 'ANSWER_STRANGE',
    status: 502,
  })
})
