/** What a login changes beside who gets through: what is seen, who acts, and what is written down. */
import { describe, expect, it, vi } from 'vitest'
import type { Operated } from '../../orchestrator/engine/event.ts'
import { orchestratorError } from '../../orchestrator/errors.ts'
import type { Edge } from '../../orchestrator/http/edge.ts'
import { createHttpServer } from '../../orchestrator/http/http-server.ts'
import type { SearchFilter } from '../../orchestrator/store/search-sagas.ts'
import { appWith, fakeEdge, found, sagaId, unknownId } from './fake-edge.ts'
import { as, guardedApp } from './login-as.ts'

const by = { actor: 'bob', reason: 'it hangs' }
const abandon = { method: 'POST', url: `/sagas/${sagaId}/abandon`, payload: by } as const

describe('a list', () => {
  it('holds the sagas of one’s own roles only', async () => {
    const search = vi.fn(async (_: SearchFilter) => [found()])
    const { app } = await guardedApp({ search })
    await app.inject({ url: '/sagas', headers: as('viewer:a+operator:b') })
    await app.inject({ url: '/sagas?name=c', headers: as('viewer:a') })
    await app.inject({ url: '/sagas', headers: as('viewer:*') })
    expect(search.mock.calls.map(([filter]) => filter.names)).toEqual([['a', 'b'], ['a'], null])
  })

  it('of definitions holds the visible ones', async () => {
    const { app } = await guardedApp()
    const own = await app.inject({ url: '/definitions', headers: as('viewer:send-parcel') })
    const other = await app.inject({ url: '/definitions', headers: as('viewer:other') })
    expect(own.json().items).toHaveLength(2)
    expect(other.json().items).toEqual([])
  })
})

describe('a saga of others', () => {
  it('is answered as one that is not there, word for word', async () => {
    const { app } = await guardedApp()
    const headers = as('admin:other')
    const answers = await Promise.all(
      [sagaId, unknownId].map(async (id) => {
        const { detail, code } = (await app.inject({ url: `/sagas/${id}`, headers })).json()
        return { code, detail: detail.replace(id, '') }
      }),
    )
    expect(answers[0]).toEqual(answers[1])
  })
})

describe('a verb', () => {
  it('is done by whoever is logged in, and says for whom', async () => {
    const operate = vi.fn<Edge['operate']>(async () => undefined)
    const { app } = await guardedApp({ operate })
    const headers = as('operator:send-parcel')
    await app.inject({ ...abandon, headers })
    await app.inject({ ...abandon, payload: { ...by, actor: 'ann' }, headers })
    const actors = operate.mock.calls.map(([, event]: readonly [unknown, Operated]) => event.actor)
    expect(actors).toEqual(['bob (by ann)', 'ann'])
  })

  it('is written down before and after, with the saga and the reason', async () => {
    const { app, audit } = await guardedApp()
    await app.inject({ ...abandon, headers: as('operator:*') })
    const entry = {
      requestId: expect.any(String),
      principal: 'ann',
      saidBy: 'bob',
      action: 'POST /sagas/:saga/abandon',
      sagaId,
      sagaName: null,
      reason: 'it hangs',
    }
    expect(audit).toEqual([
      { ...entry, outcome: 'asked' },
      { ...entry, outcome: 'done' },
    ])
  })

  it('that is refused is written down with the code', async () => {
    const operate = async () => {
      throw orchestratorError('SAGA_NOT_STUCK', { id: sagaId, status: 'running', verb: 'abandon' })
    }
    const { app, audit } = await guardedApp({ operate })
    await app.inject({ ...abandon, headers: as('operator:*') })
    expect(audit.map(({ outcome }) => outcome)).toEqual(['asked', 'SAGA_NOT_STUCK'])
  })

  it('that somebody may not do is written down too', async () => {
    const { app, audit } = await guardedApp()
    await app.inject({ ...abandon, headers: as('viewer:*') })
    await app.inject({ ...abandon, headers: as('admin:other') })
    expect(audit.map(({ outcome }) => outcome)).toEqual(['FORBIDDEN', 'SAGA_NOT_FOUND'])
  })

  it('that cannot be written down is not done', async () => {
    const operate = vi.fn(async () => undefined)
    const audit = async () => {
      throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    }
    const { app } = await guardedApp({ operate, audit })
    const response = await app.inject({ ...abandon, headers: as('operator:*') })
    expect(response.json()).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(operate).not.toHaveBeenCalled()
  })

  it('is written down where nobody logs in, by what is said', async () => {
    const audit = vi.fn<Edge['audit']>(async () => undefined)
    const app = await appWith({ audit })
    await app.inject(abandon)
    const calls = audit.mock.calls.map(([{ principal, saidBy, outcome }]) => [
      principal,
      saidBy,
      outcome,
    ])
    expect(calls).toEqual([
      [null, 'bob', 'asked'],
      [null, 'bob', 'done'],
    ])
  })
})

describe('a signal', () => {
  const url = `/sagas/${sagaId}/signals/approve`

  it('names whoever is logged in', async () => {
    const signal = vi.fn<Edge['signal']>(async () => ({ sagaId, outcome: 'delivered' }))
    const { app, audit } = await guardedApp({ signal })
    await app.inject({ method: 'POST', url, payload: {}, headers: as('operator:*') })
    expect(signal.mock.calls[0]?.[0].event.actor).toBe('ann')
    expect(audit).toHaveLength(2)
  })

  it('is not written down where nobody logs in: its history tells as much', async () => {
    const audit = vi.fn<Edge['audit']>(async () => undefined)
    await (await appWith({ audit })).inject({ method: 'POST', url, payload: {} })
    expect(audit).not.toHaveBeenCalled()
  })
})

describe('strangers', () => {
  it('are told what is away, not why', async () => {
    const problems = async () => ({ postgres: 'connect ECONNREFUSED 10.1.2.3:5432' })
    const { app } = await guardedApp({ problems })
    const response = await app.inject('/health/ready')
    expect(response.statusCode).toBe(503)
    expect(response.json()).toEqual({ isReady: false, problems: { postgres: 'it is away' } })
  })

  it('are told how to log in', async () => {
    const { app } = await guardedApp()
    const response = await app.inject('/sagas')
    expect(response.headers['www-authenticate']).toBe('Bearer')
  })

  it.each(['Basic YTpi', 'Bearer', 'Bearer a b', 'viewer:*', ''])(
    'cannot log in by %s',
    async (text) => {
      const { app } = await guardedApp()
      const response = await app.inject({ url: '/sagas', headers: { authorization: text } })
      expect(response.statusCode).toBe(401)
    },
  )
})

describe('an address that others can reach', () => {
  it.each(['0.0.0.0', '::', '10.0.0.1', 'example.org'])('%s takes a login', (host) => {
    expect(() => createHttpServer(fakeEdge(), { host, port: 0 })).toThrowError(
      expect.objectContaining({ code: 'LOGIN_MISSING' }),
    )
    for (const login of ['trusted-network', { keys: true, jwt: null }] as const) {
      expect(() => createHttpServer(fakeEdge(), { host, port: 0, login })).not.toThrow()
    }
  })

  it.each(['127.0.0.1', '127.8.8.8', '::1', 'localhost'])('%s is none', (host) => {
    expect(() => createHttpServer(fakeEdge(), { host, port: 0 })).not.toThrow()
  })
})

describe('every answer', () => {
  it.each(['/sagas', '/nowhere', '/health/live'])(
    'of %s keeps browsers from using it',
    async (url) => {
      const { headers } = await (await appWith()).inject(url)
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'referrer-policy': 'no-referrer',
      })
      expect(headers).not.toHaveProperty('access-control-allow-origin')
    },
  )
})
