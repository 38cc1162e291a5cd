/** `GET /stats`: what it asks the store for, and which spans it refuses. */
import { describe, expect, it, vi } from 'vitest'
import type { Edge } from '../../orchestrator/http/edge.ts'
import { call } from './documented.ts'
import { appWith, stat } from './fake-edge.ts'
import { as, guardedApp } from './login-as.ts'

const asking = () => vi.fn(async (_: Parameters<Edge['stats']>[0]) => [stat])

describe('GET /stats', () => {
  it('shows the minutes of a span, and how far they are behind', async () => {
    const stats = asking()
    const url = '/stats?from=2030-01-31T09:00:00Z&to=2030-01-31T10:00:00Z&name=send-parcel'
    const response = await call(await appWith({ stats }), { url })
    const item = { ...stat, at: stat.at.toISOString() }
    expect(response.json()).toEqual({ windowS: 60, lagMs: 900, items: [item] })
    expect(stats).toHaveBeenCalledWith({
      from: new Date('2030-01-31T09:00:00Z'),
      to: new Date('2030-01-31T10:00:00Z'),
      names: ['send-parcel'],
      windowMinutes: 1,
      of: null,
    })
  })

  it('sums them to longer windows, of sagas or of steps alone, where that is asked for', async () => {
    const stats = asking()
    const url = '/stats?windowMinutes=1440&of=steps'
    const response = await call(await appWith({ stats }), { url })
    expect(response.json().windowS).toBe(86_400)
    expect(stats.mock.calls[0]?.[0]).toMatchObject({ windowMinutes: 1_440, of: 'steps' })
  })

  it('shows the hour before now where nothing is asked', async () => {
    const stats = asking()
    await call(await appWith({ stats }), { url: '/stats' })
    const asked = stats.mock.calls[0]?.[0]
    expect(Number(asked?.to) - Number(asked?.from)).toBe(3_600_000)
    expect(asked?.names).toBeNull()
  })

  it.each([
    'from=2030-01-31T10:00:00Z&to=2030-01-31T10:00:00Z',
    'from=2030-01-30T09:59:59Z&to=2030-01-31T10:00:00Z',
    'from=yesterday',
    'windowMinutes=0',
    'windowMinutes=1441',
    'windowMinutes=1.5',
    'of=both',
    'since=2030-01-31T10:00:00Z',
  ])('refuses %s', async (query) => {
    const response = await call(await appWith(), { url: `/stats?${query}` })
    expect([response.statusCode, response.json().code]).toEqual([400, 'REQUEST_INVALID'])
  })

  it('counts what may be seen, and nothing of other names', async () => {
    const stats = asking()
    const { app } = await guardedApp({ stats })
    for (const url of ['/stats', '/stats?name=a', '/stats?name=c']) {
      await app.inject({ url, headers: as('viewer:a+operator:b') })
    }
    expect(stats.mock.calls.map(([{ names }]) => names)).toEqual([['a', 'b'], ['a'], []])
  })
})
