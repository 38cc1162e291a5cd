// A connection of kafkajs to a server of the test: it breaks in the middle of an answer, falls silent,
// or is asked for twice at once.
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { loadKafkaJs } from '../../messaging/kafka/load-kafkajs.ts'
import { PassingMap } from '../../messaging/passing.ts'
import { sleep, until } from '../conformance/subscriber.ts'

type Send = {
  readonly request: {
    readonly apiKey: number
    readonly apiVersion: number
    readonly apiName: string
    readonly encode: () => Promise<unknown>
  }
  readonly response: {
    readonly decode: (payload: Buffer) => Promise<Buffer>
    readonly parse: (payload: Buffer) => Promise<string>
  }
  readonly requestTimeout?: number
}
type Connection = {
  readonly requestQueue: { readonly inflight: object }
  readonly socket: Socket
  disconnect(): Promise<boolean>
  connect(): Promise<boolean>
  isConnected(): boolean
}
/** The two connections to a broker: one for fetches, one for all else. */
type Pool = {
  readonly pool: readonly [Connection, Connection]
  send(given: Send): Promise<string>
  destroy(): Promise<void>
}
type CreatePool = new (given: {
  readonly host: string
  readonly port: number
  readonly logger: object
  readonly ssl: object | undefined
  readonly socketFactory: unknown
  readonly requestTimeout: number
  readonly connectionTimeout: number
}) => Pool

const limitMs = 30_000
const shortMs = 2_000
const apiKeys = { fetch: 1, other: 18 }
const ends: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

/** Answers as a broker frames it: a length, the number of the question, and the text. */
function frame(correlationId: number, text: string): Buffer {
  const body = Buffer.alloc(4 + text.length)
  body.writeInt32BE(correlationId)
  body.write(text, 4)
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length)
  return Buffer.concat([length, body])
}

type Asked = { readonly apiKey?: number; readonly requestTimeout?: number }

/** Each connection that comes is given to `serve` with the number of each question on it. */
async function open(
  serve: (socket: Socket, nth: number, correlationId: number) => void,
  ssl?: object,
) {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    const nth = sockets.push(socket)
    socket.on('error', () => {})
    // The number is behind the length, the kind and its version.
    socket.on('data', (bytes) => serve(socket, nth, bytes.readInt32BE(8)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  loadKafkaJs()
  const require = createRequire(import.meta.url)
  const ConnectionPool = require('kafkajs/src/network/connectionPool') as CreatePool
  const createSockets = require('kafkajs/src/network/socketFactory') as () => unknown
  const say = () => undefined
  const logger = { namespace: () => logger, debug: say, info: say, warn: say, error: say }
  const times = { requestTimeout: shortMs, connectionTimeout: limitMs }
  const given = { host: '127.0.0.1', port, logger, ssl, socketFactory: createSockets(), ...times }
  const pool = new ConnectionPool(given)
  ends.push(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await pool.destroy()
  })
  const Encoder = require('kafkajs/src/protocol/encoder') as new () => unknown
  const ask = ({ apiKey = apiKeys.other, requestTimeout }: Asked = {}) =>
    pool.send({
      request: { apiKey, apiVersion: 0, apiName: 'Test', encode: async () => new Encoder() },
      response: { decode: async (payload) => payload, parse: async (payload) => `${payload}` },
      ...(requestTimeout !== undefined && { requestTimeout }),
    })
  return { pool: pool.pool, sockets, ask }
}

it('begins anew when it broke in the middle of an answer', async () => {
  const { ask } = await open((socket, nth, id) => {
    const answer = frame(id, 'x'.repeat(1_000))
    if (nth > 1) socket.write(answer)
    else socket.write(answer.subarray(0, 500), () => setTimeout(() => socket.resetAndDestroy(), 50))
  })
  await expect(ask()).rejects.toThrow('ECONNRESET')
  expect(await ask()).toBe('x'.repeat(1_000))
})

it('is left, with the other one to that broker, when what was asked first has no answer', async () => {
  const { pool, sockets, ask } = await open((socket, nth, id) => {
    if (nth !== 2) socket.write(frame(id, `on ${nth}`))
  })
  expect(await ask({ apiKey: apiKeys.fetch })).toBe('on 1')
  await expect(ask()).rejects.toThrow('timed out')
  await until('both are left', () => !pool.some((one) => one.isConnected()), limitMs)
  expect(await ask()).toBe('on 3')
  expect(await ask({ apiKey: apiKeys.fetch })).toBe('on 4')
  expect(sockets).toHaveLength(4)
})

it('is kept when only what was asked later has no answer yet', async () => {
  let first: number | null = null
  const { sockets, ask } = await open((_socket, _nth, id) => {
    first ??= id
  })
  const patient = ask({ requestTimeout: limitMs })
  await until('the first is asked', () => first !== null, limitMs)
  await expect(ask()).rejects.toThrow('timed out')
  sockets[0]?.write(frame(first ?? 0, 'late'))
  expect(await patient).toBe('late')
  expect(sockets).toHaveLength(1)
})

it('is made once for two that ask for it at once', async () => {
  const { pool, sockets } = await open(() => {})
  await Promise.all([pool[0].connect(), pool[0].connect()])
  // A second one would be there by now.
  await sleep(200)
  expect(sockets).toHaveLength(1)
})

it('may be left as often as its broker is away', async () => {
  const { pool, sockets } = await open(() => {})
  await pool[0].connect()
  sockets[0]?.resetAndDestroy()
  await until('it is broken', () => pool[0].socket.destroyed, limitMs)
  for (let times = 0; times < 20; times += 1) await pool[0].disconnect()
  expect(pool[0].socket.listenerCount('connect')).toBeLessThan(3)
})

it('is refused at once to who waits for it when it is given up', async () => {
  // A server that greets nobody: the connection is never ready.
  const { pool } = await open(() => {}, { rejectUnauthorized: false })
  const asked = pool[0].connect()
  await sleep(100)
  void pool[0].disconnect()
  await expect(asked).rejects.toThrow('Closed connection')
})

it('lets go of what was answered', async () => {
  const { pool } = await open(() => {})
  expect(pool[0].requestQueue.inflight).toBeInstanceOf(PassingMap)
})
