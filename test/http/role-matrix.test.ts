/** Every route with every role: who gets through, and what the others are told. */
import type { InjectOptions } from 'fastify'
import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { Guard } from '../../orchestrator/http/access/guard.ts'
import { httpLimits } from '../../orchestrator/http/http-options.ts'
import { expectDocumented, openApiOf } from './documented.ts'
import { bulkJob, fakeEdge, sagaId } from './fake-edge.ts'
import { as, guardedApp } from './login-as.ts'
import { expectAllRows, type Row, ranks, rows } from './route-rows.ts'

const by = { actor: 'bob', reason: 'why' }
const skip = { ...by, step: 'takeStock', effect: 'none' }
const migration = { ...by, from: 1, to: 2 }
const bulk = { ...by, verb: 'retry', filter: { status: ['stuck'] }, dryRun: false }
const toKey = { saga: 'send-parcel', businessKey: 'P-1' }

/** What each asks that takes a body. */
const payloads: Readonly<Record<string, object>> = {
  'POST /sagas/{saga}': { sku: 'A' },
  'POST /sagas/send-parcel': { sku: 'A' },
  'POST /bulk-jobs': bulk,
  'POST /sagas/{saga}/skip': skip,
  'POST /sagas/{saga}/signals/{signal}': {},
  'POST /signals/{signal}': toKey,
  'POST /dead-letters/{letter}/edit': { ...by, text: '{}' },
  'POST /definitions/{saga}/migrations': migration,
  'POST /faults': { ...by, command: 'a.b', fault: { kind: 'throw' } },
  'POST /erasures': { ...by, subject: 'somebody' },
}
const all: readonly Row[] = [...rows, ['POST /sagas/send-parcel', 'operator', 'own']]

/** Whoever may not see the sagas in question is told that there is nothing. */
const namesSaga = /\{saga\}|send-parcel|signals|\{job\}/
// Streams end at once.
const { app } = await guardedApp({}, { streamMsMax: 1 })
const document = await openApiOf(app, as('viewer:*'))

function requestOf([route]: Row): InjectOptions & { readonly url: string } {
  const [method, path = ''] = route.split(' ')
  const byName = path === '/sagas/{saga}' && method === 'POST'
  const isName = byName || path.startsWith('/definitions')
  const url = path
    .replace('{saga}', isName ? 'send-parcel' : sagaId)
    .replace('{signal}', 'approve')
    .replace('{letter}', '7')
    .replace('{job}', bulkJob.id)
    .replace('{version}', '1')
  const payload = payloads[route] ?? by
  return { method: method as 'GET' | 'POST', url, ...(method === 'POST' && { payload }) }
}

async function ask(row: Row, roles: string | null) {
  const { method, url, ...rest } = requestOf(row)
  const headers = roles === null ? {} : as(roles)
  const response = await app.inject({ method: method ?? 'GET', url, ...rest, headers })
  expectDocumented(document, { method: method ?? 'GET', url }, response)
  const { statusCode: status } = response
  // Dead letters have codes of their own, and a stream has no body that ends.
  const code = status < 300 ? undefined : response.json<{ readonly code?: string }>().code
  return { status, code }
}

describe('the matrix', () => {
  it('has every route', () => expectAllRows(document, ['send-parcel']))

  it('refuses a route that says nothing of who may call it', async () => {
    const bare = Fastify()
    new Guard(fakeEdge(), httpLimits).addTo(bare)
    expect(() => bare.get('/surprise', async () => 1)).toThrowError(/GET \/surprise says who/)
  })
})

describe.each(all.map((row) => ({ route: row[0], row })))('$route', ({ row }) => {
  const [, least, on] = row

  it('takes a login, unless it is open', async () => {
    for (const roles of [null, 'wrong']) {
      const { status, code } = await ask(row, roles)
      if (least === 'open') expect(status).toBe(200)
      else expect([status, code]).toEqual([401, 'LOGIN_REQUIRED'])
    }
  })

  it('is open to a role on all sagas from its own role upwards', async () => {
    for (const role of ['viewer', 'operator', 'admin'] as const) {
      const { status, code } = await ask(row, `${role}:*`)
      const may = ranks[role] >= ranks[least]
      expect([role, status < 300, code]).toEqual([role, may, may ? undefined : 'FORBIDDEN'])
    }
  })

  it('is open to a role on its saga from its own role upwards', async () => {
    for (const role of ['viewer', 'operator', 'admin'] as const) {
      const { status, code } = await ask(row, `${role}:send-parcel`)
      const may = least === 'open' || (on === 'own' && ranks[role] >= ranks[least])
      expect([role, status < 300, code]).toEqual([role, may, may ? undefined : 'FORBIDDEN'])
    }
  })

  it('is as good as empty for whoever has roles on another saga only', async () => {
    const { status, code } = await ask(row, 'admin:other')
    const isHidden = namesSaga.test(row[0])
    if (isHidden) expect([status, code]).toEqual([404, expect.stringMatching(/UNKNOWN|NOT_FOUND/)])
    else expect(status < 300 ? 200 : status).toBe(least === 'open' || on === 'own' ? 200 : 403)
  })

  it('is closed to whoever has no role', async () => {
    const { status } = await ask(row, 'nobody')
    if (least === 'open') expect(status).toBe(200)
    else expect(status).toBe(namesSaga.test(row[0]) && !row[0].includes('{job}') ? 404 : 403)
  })
})
