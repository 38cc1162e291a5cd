// Every route with every role and every state that a saga can be in, over real REST, API keys, engine
// and Postgres. What is answered is in two tables: `route-rows.ts` by role, and the one here by state.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectDocumented, type OpenApi } from '../http/documented.ts'
import { expectAllRows, type Row, ranks, rows } from '../http/route-rows.ts'
import { definitions, type State, states } from './state-sagas.ts'
import { type Placed, type StateWorld, startStateWorld } from './state-world.ts'

/**
 * What whoever may is answered. The columns are the last words of the routes; all others are answered
 * in each state with success.
 */
const byState = `
            | retry     | skip      | cancel | pause | resume | abandon   | terminate | signal | by-key
scheduled   | not-stuck | not-stuck | ok     | ok    | ok     | not-stuck | ok        | ok     | ok
locked      | not-stuck | not-stuck | ok     | ok    | ok     | not-stuck | ok        | ok     | ok
running     | not-stuck | not-stuck | ok     | ok    | ok     | not-stuck | ok        | ok     | ok
asking      | not-stuck | not-stuck | ok     | ok    | ok     | not-stuck | ok        | ok     | ok
forward     | not-stuck | not-stuck | past   | ok    | ok     | not-stuck | ok        | ok     | ok
turning     | not-stuck | not-stuck | ok     | ok    | ok     | not-stuck | ok        | late   | late
stuck       | ok        | ok        | ok     | ok    | ok     | ok        | ok        | late   | late
paused      | paused    | paused    | paused | ok    | ok     | paused    | ok        | ok     | ok
completed   | not-stuck | not-stuck | ended  | ended | ended  | not-stuck | ended     | late   | late
compensated | not-stuck | not-stuck | ok     | ended | ended  | not-stuck | ended     | late   | late
abandoned   | not-stuck | not-stuck | ended  | ended | ended  | ok        | ended     | late   | late
terminated  | not-stuck | not-stuck | ended  | ended | ended  | not-stuck | ok        | late   | late
`
const meant: Readonly<Record<string, readonly [status: number, code: string]>> = {
  'not-stuck': [409, 'SAGA_NOT_STUCK'],
  paused: [409, 'SAGA_PAUSED'],
  past: [409, 'SAGA_PAST_PIVOT'],
  ended: [409, 'SAGA_ENDED'],
  late: [409, 'SIGNAL_TOO_LATE'],
}
const [head = [], ...lines] = byState
  .trim()
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
const words = new Map(lines.map(([state = '', ...cells]) => [state, cells]))

/** The column of a route; none where the state makes no difference. */
function columnOf(route: string): number {
  const [, verb] = /^POST \/sagas\/\{saga\}\/(\w+)/.exec(route) ?? []
  const name = route === 'POST /signals/{signal}' ? 'by-key' : verb?.replace('signals', 'signal')
  return name === undefined ? -1 : head.indexOf(name) - 1
}

function wordFor(route: string, state: State): string {
  const column = columnOf(route)
  return column < 0 ? 'ok' : (words.get(state)?.[column] ?? 'missing')
}

const callers = ['nobody', 'admin:other', 'viewer:*', 'operator:*', 'admin:*'] as const
type Caller = (typeof callers)[number]
const by = { actor: 'bob', reason: 'why' }
const steers = rows.filter(([route]) => columnOf(route) >= 0)
/** Routes that are about one saga, or a few. */
const isOfSagas = ([route]: Row) => /\{saga\}|\/signals\/|POST \/bulk-jobs$/.test(route)

let world: StateWorld
let document: OpenApi
const keys = new Map<Caller, string | null>()
const sagas = new Map<State, readonly Placed[]>()

beforeAll(async () => {
  world = await startStateWorld()
  for (const caller of callers)
    keys.set(caller, caller === 'nobody' ? null : await world.keyOf(caller))
  document = (await world.ask({ method: 'GET', path: '/openapi.json' })).body as never
  // One for each route that moves it, and one that stays as it is.
  const placed = states.map(
    async (state) => [state, await world.place(state, steers.length + 1)] as const,
  )
  for (const [state, all] of await Promise.all(placed)) sagas.set(state, all)
})
afterAll(() => world?.stop())

/** Of its own for each route that moves it. */
function sagaFor(route: string, state: State): Placed {
  const all = sagas.get(state) ?? []
  const own = steers.findIndex(([steer]) => steer === route)
  const saga = all[own < 0 ? all.length - 1 : own]
  if (saga === undefined) throw new Error(`no saga is ${state}`)
  return saga
}

function bodyFor(route: string, { id, name, key }: Placed): object {
  switch (route) {
    case 'POST /sagas/{saga}':
      return { key: 'another' }
    case 'POST /sagas/{saga}/skip':
      return { ...by, step: 'one', effect: 'done' }
    case 'POST /sagas/{saga}/signals/{signal}':
      return {}
    case 'POST /signals/{signal}':
      return { saga: name, businessKey: key }
    case 'POST /bulk-jobs':
      return { ...by, verb: 'pause', filter: { ids: [id] } }
    case 'POST /dead-letters/{letter}/edit':
      return { ...by, text: '{}' }
    case 'POST /definitions/{saga}/migrations':
      return { ...by, from: 2, to: 1 }
    case 'POST /faults':
      return { ...by, command: 'matrix.one', fault: { kind: 'decline' } }
    case 'POST /erasures':
      return { ...by, subject: 'nobody-knows' }
    default:
      return by
  }
}

async function ask(route: string, saga: Placed, caller: Caller) {
  const [method = '', template = ''] = route.split(' ')
  const isName = template.startsWith('/definitions') || route === 'POST /sagas/{saga}'
  const path = template
    .replace('{saga}', isName ? saga.name : saga.id)
    .replace('{signal}', 'nudge')
    .replace('{letter}', '7')
    .replace('{job}', '0198c5a0-0000-7000-8000-000000000077')
    .replace('{version}', '2')
  // The same key for all who may: the second of them changes nothing, and is answered the same.
  const headers = method === 'POST' ? { 'idempotency-key': route } : {}
  const body = method === 'POST' ? { body: bodyFor(route, saga) } : {}
  const answer = await world.ask({ method, path, key: keys.get(caller) ?? null, headers, ...body })
  const told = { statusCode: answer.status, body: answer.text }
  const asHeaders = { 'content-type': answer.headers.get('content-type') ?? '' }
  expectDocumented(document, { method, url: path }, { ...told, headers: asHeaders })
  return [answer.status, answer.body['code']] as const
}

const success = [expect.toSatisfy((status: number) => status < 300), undefined]
const notThere = [404, expect.stringMatching(/UNKNOWN|NOT_FOUND/)]
/** What whoever may is answered in this world: it names no services with faults, and no person. */
const byRoute: Readonly<Record<string, readonly [status: number, code: string]>> = {
  'POST /faults': [404, 'FAULTS_OFF'],
  'POST /faults/clear': [404, 'FAULTS_OFF'],
  'POST /erasures': [404, 'SUBJECT_UNKNOWN'],
}

function expected([route, least, on]: Row, state: State, caller: Caller): readonly unknown[] {
  if (least === 'open') return success
  if (caller === 'nobody') return [401, 'LOGIN_REQUIRED']
  if (caller === 'admin:other') {
    if (/\{saga\}|\/signals\/|\{job\}/.test(route)) return notThere
    return on === 'own' ? success : [403, 'FORBIDDEN']
  }
  const role = caller.split(':')[0] as keyof typeof ranks
  if (ranks[role] < ranks[least]) return [403, 'FORBIDDEN']
  if (/\{job\}|\{letter\}/.test(route)) return notThere
  const word = wordFor(route, state)
  return word === 'ok' ? (byRoute[route] ?? success) : (meant[word] ?? [`no such word: ${word}`])
}

async function expectAnswers(row: Row, state: State): Promise<void> {
  for (const caller of callers) {
    const answer = await ask(row[0], sagaFor(row[0], state), caller)
    expect([caller, ...answer]).toEqual([caller, ...expected(row, state, caller)])
  }
}

it('has every route of the document, and every state', () => {
  expectAllRows(document, [...new Set(definitions.map(({ name }) => name))])
  expect([...words.keys()]).toEqual([...states])
  expect(steers).toHaveLength(head.length - 1)
})

it.each(rows.filter((row) => !isOfSagas(row)))('%s', (...row) => expectAnswers(row, 'running'))

describe.each(states)('a saga that is %s', (state) => {
  it.each(rows.filter(isOfSagas))('%s', (...row) => expectAnswers(row, state))
})
