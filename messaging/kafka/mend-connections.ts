// How kafkajs 2.2.4 gets over a connection that breaks or falls silent, and knows its brokers apart;
// called by load-kafkajs.ts.
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'

const require = createRequire(import.meta.url)

/** `breakOff` is ours: called when the oldest request has no answer in its time (`load-kafkajs.ts`). */
type RequestQueue = { breakOff?: () => void; rejectAll(error: Error): void }

type Connection = {
  readonly broker: string
  readonly requestQueue: RequestQueue
  socket?: Socket
  chunks: Buffer[]
  bytesBuffered: number
  bytesNeeded: number
  isConnected(): boolean
  connect(): Promise<boolean>
  disconnect(): Promise<boolean>
}

/** Both ways to one broker: fetches have one of their own. */
type ConnectionPool = {
  readonly pool: readonly Connection[]
  getConnection(index?: number): Promise<Connection>
}

type BrokerPool = {
  metadataExpireAt: number | null
  removeBroker(address: { readonly host: string; readonly port: number }): void
}

type Class<Instance> = { readonly prototype: Instance }

/** In one process once, before a client is made. */
export function mendConnections(): void {
  const load = <Instance>(file: string) => require(`kafkajs/src/${file}`) as Class<Instance>
  mendConnect(load<Connection>('network/connection').prototype)
  mendSilence(load<ConnectionPool>('network/connectionPool').prototype)
  mendRemoval(load<BrokerPool>('cluster/brokerPool').prototype)
}

/** What consumers, producers and admin clients take for a connection that broke. */
export function connectionError(message: string, broker: string): Error {
  const { KafkaJSConnectionError } = require('kafkajs/src/errors') as {
    readonly KafkaJSConnectionError: new (
      message: string,
      about: { readonly broker: string },
    ) => Error
  }
  return new KafkaJSConnectionError(message, { broker })
}

/** Of the length that stands before each answer. */
const lengthBytes = 4

/**
 * A connection that is made anew is the same object, and goes on in the middle of the answer that the
 * old one broke in: what comes next is read as its rest, and a length somewhere in it. Two that ask
 * for it at once make two sockets, of which the one that nobody uses closes the other when the
 * broker ends it. So it begins with nothing, and once.
 */
function mendConnect(prototype: Connection): void {
  const making = new WeakMap<Connection, Promise<boolean>>()
  const { connect, disconnect } = prototype
  prototype.connect = function connectAnew() {
    const made = making.get(this)
    if (made !== undefined) return made
    if (this.isConnected()) return connect.call(this)
    letGo(this.socket)
    this.requestQueue.rejectAll(connectionError('Closed connection', this.broker))
    this.chunks = []
    this.bytesBuffered = 0
    this.bytesNeeded = lengthBytes
    const connected = connect.call(this).finally(() => making.delete(this))
    making.set(this, connected)
    return connected
  }
  prototype.disconnect = async function disconnectAndForget() {
    // What it would still find out, in its time, would be taken for a word about the next one.
    if (making.has(this)) this.socket?.destroy(connectionError('Closed connection', this.broker))
    const isDone = await disconnect.call(this)
    const { socket } = this
    // A broker that is away is left again and again, and each time its old socket would listen once more.
    if (socket?.destroyed === true) socket.off('connect', socket.unref)
    return isDone
  }
}

/** What it still has to say is for nobody. */
function letGo(socket: Socket | undefined): void {
  if (socket === undefined) return
  for (const event of ['data', 'end', 'error', 'timeout']) socket.removeAllListeners(event)
  socket.on('error', () => {})
  socket.destroy()
}

/** A broker that is silent on one way to it is so on the other, which would be used next. */
function mendSilence(prototype: ConnectionPool): void {
  const getConnection = prototype.getConnection
  prototype.getConnection = function getWatched(index = 0) {
    const queue = this.pool[index]?.requestQueue
    if (queue !== undefined) {
      queue.breakOff ??= () => {
        for (const { socket } of this.pool) socket?.destroy(new Error('no answer in time'))
      }
    }
    return getConnection.call(this, index)
  }
}

/**
 * A broker whose connection closed is forgotten, and the next best becomes the seed: the one under
 * whose address the answer to a question that is on its way has another number. What is for the one
 * then goes to the other. With the last broker the seed is gone, which is a TypeError elsewhere. Its
 * connections are made anew in any case, so it is enough to ask again who is there.
 */
function mendRemoval(prototype: BrokerPool): void {
  prototype.removeBroker = function askAgain() {
    this.metadataExpireAt = null
  }
}
