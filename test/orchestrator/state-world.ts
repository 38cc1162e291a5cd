// An orchestrator with its participant in this process, over the real Postgres and Kafka in memory,
// where everybody logs in by an API key; and sagas brought into the state that a test asks for.
import { inject } from 'vitest'
import { createCipher } from '../../messaging/cipher.ts'
import { realClock } from '../../messaging/clock.ts'
import { silentLog } from '../../messaging/log.ts'
import { migrate } from '../../messaging/migrate.ts'
import { runKeysCommand } from '../../orchestrator/keys-command.ts'
import { migrateOrchestrator } from '../../orchestrator/migrate-orchestrator.ts'
import { createOrchestrator } from '../../orchestrator/orchestrator.ts'
import { createParticipant, participantMigrations } from '../../participant/index.ts'
import { createMemoryBroker } from '../../testing/index.ts'
import { awaitUntil } from '../system/await-until.ts'
import { openTestDatabases } from '../system/test-databases.ts'
import { definitions, handlers, type State, type Way, ways } from './state-sagas.ts'

export type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: Readonly<Record<string, unknown>>
}

export type Asked = {
  readonly method: string
  readonly path: string
  readonly key?: string | null
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
}

export type Placed = { readonly id: string; readonly name: string; readonly key: string }

export type StateWorld = Awaited<ReturnType<typeof startStateWorld>>

export async function startStateWorld() {
  const databases = openTestDatabases(inject('postgresUrl'))
  const url = await databases.create('states')
  const broker = createMemoryBroker()
  const buses = [broker.connect(), broker.connect()] as const
  const topics = { partitions: 2, replicationFactor: 1 }
  const log = silentLog
  await Promise.all(buses.map((bus) => bus.start()))
  await migrateOrchestrator({ databaseUrl: url, bus: buses[0], definitions, log, topics })
  await migrate({ url, sets: participantMigrations, log })
  const db = databases.open(url)
  const login = { keys: true, jwt: null }
  // Streams end at once.
  const http = { host: '127.0.0.1', port: 0, login, streamMsMax: 1 }
  const given = { db, log, clock: realClock }
  // Without a key nobody can be erased.
  const cipher = createCipher([{ id: 'k', secret: Buffer.alloc(32, 7) }])
  const orchestrator = createOrchestrator({ ...given, cipher, definitions, bus: buses[0], http })
  const participant = createParticipant({ service: 'matrix', commands: handlers })
  await participant.start({ ...given, bus: buses[1] })
  const rest = await orchestrator.start()
  const keyOf = async (role: string) => {
    const words = ['create', '--name', role.replace(/\W/g, '-'), '--role', role]
    return (await runKeysCommand(db, words, role))[0] ?? ''
  }
  const admin = await keyOf('admin:*')
  const ask = askAt(rest.url, admin)
  const { start, place } = placer(ask)
  await start(ways.locked, 'holds the lock')

  return {
    url: rest.url,
    databaseUrl: url,
    /** Of an admin. */
    apiKey: admin,
    ask,
    keyOf,
    /** So many sagas of their own, which stay in this state until they are told something. */
    place,
    db,
    stop: async () => {
      await orchestrator.stop()
      await participant.stop()
      await Promise.all(buses.map((bus) => bus.stop()))
      await databases.dropAll()
    },
  }
}

type Ask = (asked: Asked) => Promise<Answer>

function askAt(url: string, admin: string): Ask {
  return async ({ method, path, key = admin, body, headers }: Asked): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...headers,
        ...(key !== null && { authorization: `Bearer ${key}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    const { status } = response
    return { status, headers: response.headers, text, body: isJson ? JSON.parse(text) : {} }
  }
}

function placer(ask: Ask) {
  const tell = (path: string, body: object) => ask({ method: 'POST', path, body })

  const start = async ({ saga, isLater = false }: Way, key: string): Promise<Placed> => {
    const later = isLater ? '?startAt=2035-01-01T00:00:00Z' : ''
    const { body } = await tell(`/sagas/${saga}${later}`, { key })
    return { id: String(body['id']), name: saga, key }
  }
  const stands = ({ id }: Placed, status: string, state = '') =>
    awaitUntil(`${id} is ${status} ${state}`, async () => {
      const { body } = await ask({ method: 'GET', path: `/sagas/${id}` })
      return body['status'] === status && JSON.stringify(body['state']).includes(state)
    })
  const by = { actor: 'ann', reason: 'why' }
  const go = async (placed: Placed, { before, verb, status, state }: Way) => {
    if (before !== undefined) await stands(placed, before)
    if (verb === 'nudge') await tell(`/sagas/${placed.id}/signals/nudge`, {})
    else if (verb !== undefined) await tell(`/sagas/${placed.id}/${verb}`, by)
    await stands(placed, status, state)
    return placed
  }
  const place = async (state: State, count: number): Promise<readonly Placed[]> => {
    const keys = Array.from({ length: count }, (_, at) => `${state} ${at}`)
    const placed = await Promise.all(keys.map((key) => start(ways[state], key)))
    return Promise.all(placed.map((one) => go(one, ways[state])))
  }
  return { start, place }
}
