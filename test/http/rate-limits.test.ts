/** Limits of requests: by caller and by address, with the time after which there is room again. */
import { describe, expect, it } from 'vitest'
import { realClock } from '../../messaging/clock.ts'
import { addressOf, RateLimiter } from '../../orchestrator/http/access/rate-limit.ts'
import { expectDocumented, openApiOf } from './documented.ts'
import { appWith, parcel, sagaId } from './fake-edge.ts'
import { as, guardedApp } from './login-as.ts'

/** A clock that stands still until it is told. */
function stoppedClock() {
  let nowMs = 1_000
  const clock = { ...realClock, monotonicMs: () => nowMs }
  const pass = (ms: number) => {
    nowMs += ms
  }
  return { clock, pass }
}

describe('a limiter', () => {
  it('lets two seconds’ worth through at once, then as many as time gives', () => {
    const limiter = new RateLimiter(5)
    const taken = (nowMs: number) => {
      let count = 0
      while (limiter.take('ann', nowMs) === 0) count += 1
      return count
    }
    expect(taken(0)).toBe(10)
    expect(taken(1_000)).toBe(5)
    expect(taken(60_000)).toBe(10)
  })

  it('says when there is room again, and is right', () => {
    const limiter = new RateLimiter(1)
    while (limiter.take('ann', 0) === 0);
    const waitMs = limiter.take('ann', 0)
    expect(waitMs).toBe(1_000)
    expect(limiter.take('ann', waitMs)).toBe(0)
  })

  it('counts each caller for itself', () => {
    const limiter = new RateLimiter(1)
    while (limiter.take('ann', 0) === 0);
    expect(limiter.take('bob', 0)).toBe(0)
  })

  it('of 0 limits nothing', () => {
    const limiter = new RateLimiter(0)
    for (let n = 0; n < 1_000; n += 1) expect(limiter.take('ann', 0)).toBe(0)
  })

  it('remembers no more callers than it may, and forgets the idle ones first', () => {
    const limiter = new RateLimiter(1)
    while (limiter.take('busy', 0) === 0);
    for (let n = 0; n < 50_000; n += 1) {
      limiter.take(`address ${n}`, 0)
      if (n % 1_000 === 0) expect(limiter.take('busy', 0)).toBeGreaterThan(0)
    }
  })
})

describe('an address', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['2001:db8:1:2:ffff::', '2001:db8:1:2::/64'],
  ])('%s counts as %s', (ip, address) => expect(addressOf(ip)).toBe(address))
})

describe('the edge', () => {
  const start = { method: 'POST', url: '/sagas/send-parcel', payload: parcel } as const
  const pause = {
    method: 'POST',
    url: `/sagas/${sagaId}/pause`,
    payload: { actor: 'ann', reason: 'why' },
  } as const

  it.each([
    ['startsMax', start],
    ['verbsMax', pause],
    ['readsMax', { method: 'GET', url: '/sagas' }],
  ] as const)('holds to %s, and tells when to come again', async (name, request) => {
    const { clock, pass } = stoppedClock()
    const { app } = await guardedApp({ clock }, { [name]: 1 })
    const headers = as('admin:*')
    for (const _ of [1, 2])
      expect((await app.inject({ ...request, headers })).statusCode).toBeLessThan(300)
    const refused = await app.inject({ ...request, headers })
    expect(refused.statusCode).toBe(429)
    expect(refused.headers['retry-after']).toBe('1')
    expect(refused.json()).toMatchObject({ code: 'RATE_LIMITED' })
    const document = await openApiOf(await appWith())
    expectDocumented(document, request, refused)
    pass(1_000)
    expect((await app.inject({ ...request, headers })).statusCode).toBeLessThan(300)
  })

  it('holds to requestsMax of an address before it looks at anything else', async () => {
    const { clock } = stoppedClock()
    const { app } = await guardedApp({ clock }, { requestsMax: 1 })
    for (const url of ['/nowhere', '/sagas']) await app.inject(url)
    expect((await app.inject('/health/live')).statusCode).toBe(429)
    const other = await app.inject({ url: '/health/live', remoteAddress: '10.0.0.2' })
    expect(other.statusCode).toBe(200)
  })

  it('counts a login that fails many times', async () => {
    const { clock } = stoppedClock()
    const { app } = await guardedApp({ clock }, { requestsMax: 50 })
    const statuses: number[] = []
    for (let n = 0; n < 8; n += 1) {
      statuses.push((await app.inject({ url: '/sagas', headers: as('guess') })).statusCode)
    }
    expect(statuses.filter((status) => status === 401)).toHaveLength(5)
    expect(statuses.at(-1)).toBe(429)
  })

  it('believes only the proxies that it is told of', async () => {
    const forwarded = (from: string, to: string) => ({
      url: '/health/live',
      remoteAddress: from,
      headers: { 'x-forwarded-for': to },
    })
    const { clock } = stoppedClock()
    const { app } = await guardedApp({ clock }, { requestsMax: 1, trustedProxies: ['10.0.0.9'] })
    const status = async (from: string, to: string) =>
      (await app.inject(forwarded(from, to))).statusCode
    for (const to of ['1.1.1.1', '1.1.1.2', '1.1.1.3'])
      expect(await status('10.0.0.9', to)).toBe(200)
    expect(await status('10.0.0.1', '1.1.1.4')).toBe(200)
    expect(await status('10.0.0.1', '1.1.1.5')).toBe(200)
    expect(await status('10.0.0.1', '1.1.1.6')).toBe(429)
  })
})
