// How kafkajs 2.2.4 gets over a connection that breaks or falls silent, and knows its brokers apart;
// called by load-kafkajs.ts.
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'

const require = createRequire(import.meta.url)

/** What is mended of a queue of requests looks for those that have no answer (`load-kafkajs.ts`). */
type RequestQueue = { breakOff?: () => void }

type Connection = {
  socket?: Socket
  chunks: Buffer[]
  bytesBuffered: number
  bytesNeeded: number
  readonly requestQueue: RequestQueue
  isConnected(): boolean
  connect(): Promise<boolean>
}

type BrokerPool = {
  metadataExpireAt: number | null
  removeBroker(address: { readonly host: string; readonly port: number }): void
}

/** In one process once, before a client is made. */
export function mendConnections(): void {
  const { prototype: connection } = require('kafkajs/src/network/connection') as {
    readonly prototype: Connection
  }
  const { prototype: pool } = require('kafkajs/src/cluster/brokerPool') as {
    readonly prototype: BrokerPool
  }
  mendConnect(connection)
  mendRemoval(pool)
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
  const connect = prototype.connect
  prototype.connect = function connectAnew() {
    const made = making.get(this)
    if (made !== undefined) return made
    if (this.isConnected()) return connect.call(this)
    letGo(this.socket)
    this.chunks = []
    this.bytesBuffered = 0
    this.bytesNeeded = lengthBytes
    this.requestQueue.breakOff = () => void this.socket?.destroy(new Error('no answer in time'))
    const connected = connect.call(this).finally(() => making.delete(this))
    making.set(this, connected)
    return connected
  }
}

/** What it still has to say is for nobody. */
function letGo(socket: Socket | undefined): void {
  if (socket === undefined) return
  for (const event of ['data', 'end', 'error', 'timeout']) socket.removeAllListeners(event)
  socket.on('error', () => {})
  socket.destroy()
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
