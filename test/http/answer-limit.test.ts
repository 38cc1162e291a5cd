/** Whatever does not answer inside: REST answers after its limit, on every route. */
import { expect, it } from 'vitest'
import { call } from './documented.ts'
import { appWith, fakeEdge, sagaId } from './fake-edge.ts'
import { as, guardedApp } from './login-as.ts'

const by = { actor: 'ann', reason: 'why' }
const post = (url: string, payload: object) => ({ method: 'POST', url, payload }) as const
const one = `/sagas/${sagaId}`

const requests = {
  start: post('/sagas/send-parcel', { sku: 'A' }),
  find: { url: one },
  findPast: { url: `${one}?at=1` },
  history: { url: `${one}/history` },
  messages: { url: `${one}/messages` },
  logs: { url: `${one}/logs` },
  outlook: { url: `${one}/verbs` },
  operate: post(`${one}/pause`, by),
  audit: post(`${one}/pause`, by),
  signal: post(`${one}/signals/approve`, {}),
  migrate: post('/definitions/send-parcel/migrations', { ...by, from: 1, to: 2 }),
  erase: post('/erasures', { ...by, subject: 'somebody' }),
  list: { url: '/sagas?businessKey=a' },
  search: { url: '/sagas' },
  searchLag: { url: '/sagas' },
  count: { url: '/saga-counts' },
  stats: { url: '/stats' },
  statsLag: { url: '/stats' },
  vitals: { url: '/vitals' },
  feedHead: { url: '/events' },
  locks: { url: '/locks' },
  problems: { url: '/health/ready' },
  // Asked only where somebody logs in who may not see all sagas.
  nameOf: { url: one },
} as const

const forever = new Promise<never>(() => undefined)

it.each(Object.entries(requests))('%s: the request is answered', async (name, request) => {
  const changes = { [name]: () => forever }
  const limits = { answerMsMax: 100 }
  const isGuarded = name === 'nameOf'
  const app = isGuarded ? (await guardedApp(changes, limits)).app : await appWith(changes, limits)
  const headers = isGuarded ? as('viewer:send-parcel') : {}
  const response = await call(app, { ...request, headers })
  expect(response.statusCode).toBe(503)
  // An audit that cannot be written is the store's trouble, whatever the reason.
  const code = name === 'audit' ? 'STORE_UNAVAILABLE' : 'ANSWER_TIMEOUT'
  expect(response.json()).toMatchObject({ code })
})

it.each(Object.entries(requests))('%s: without a database it says so', async (name, request) => {
  const away = async () => {
    throw Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' })
  }
  const changes = { [name]: away }
  const app = name === 'nameOf' ? (await guardedApp(changes)).app : await appWith(changes)
  const headers = name === 'nameOf' ? as('viewer:send-parcel') : {}
  const response = await call(app, { ...request, headers })
  expect(response.statusCode).toBe(503)
  expect(response.json()).toMatchObject({ code: 'STORE_UNAVAILABLE' })
})

it('there is a request for everything that REST asks for inside', () => {
  const asked = Object.entries(fakeEdge()).flatMap(([name, value]) =>
    typeof value === 'function' ? [name] : [],
  )
  // A wait has a limit of its own; the next one answers from memory; streams have begun by then.
  const others = ['waitForEnd', 'isStartable', 'feed', 'news']
  expect([...Object.keys(requests), ...others].toSorted()).toEqual(asked.toSorted())
})
