// Trouble between kafkajs and a real broker, in this process: the next request to produce reaches
// the broker, but its answer never comes, or it does not even leave; what comes is damaged. kafkajs opens its sockets by
// `net.connect`, so that is where it is done, for plain kafkajs and for our bus alike.
import net, { type Socket } from 'node:net'

const produceKey = 0
const sizeBytes = 4

export type Tampering = {
  /** The next produce requests that name this topic are carried out, and their answers are lost. */
  loseAnswers(topic: string, count: number): void
  /** The next one to this port is not sent; first `before` is done, then its connection breaks. */
  loseRequest(port: number, before: () => Promise<void>): void
  /** From now on a bit is another one wherever this text comes from a broker; answers how to end it. */
  damage(text: string): () => void
  /** How many of these have happened. */
  readonly happened: number
  end(): void
}

export function tamperWithSockets(): Tampering {
  const connect = net.connect
  let losing = { topic: '', count: 0 }
  let blocking: { port: number; before: () => Promise<void> } | null = null
  const damaging = new Set<string>()
  let happened = 0

  const watch = (socket: Socket, port: number) => {
    const { write } = socket
    socket.prependListener('data', (bytes) => {
      for (const text of damaging) happened += turnBits(bytes, text)
    })
    socket.write = ((bytes: Buffer, encoding: BufferEncoding) => {
      if (!isProduce(bytes)) return write.call(socket, bytes, encoding)
      if (blocking?.port === port) {
        const { before } = blocking
        blocking = null
        happened += 1
        void before().then(() => socket.destroy(new Error('cut by the test')))
        return true
      }
      if (losing.count > 0 && bytes.includes(losing.topic)) {
        losing.count -= 1
        happened += 1
        loseAnswer(socket)
      }
      return write.call(socket, bytes, encoding)
    }) as Socket['write']
  }

  type Options = net.NetConnectOpts & { readonly port?: number }
  net.connect = ((options: Options, hear?: () => void) => {
    const socket = connect(options, hear)
    watch(socket, Number(options.port))
    return socket
  }) as typeof net.connect

  return {
    loseAnswers: (topic, count) => {
      losing = { topic, count }
    },
    loseRequest: (port, before) => {
      blocking = { port, before }
    },
    damage: (text) => {
      damaging.add(text)
      return () => void damaging.delete(text)
    },
    get happened() {
      return happened
    },
    end: () => {
      net.connect = connect
    },
  }
}

function isProduce(bytes: Buffer): boolean {
  return bytes.length > sizeBytes + 2 && bytes.readInt16BE(sizeBytes) === produceKey
}

/** One in each of these texts; answers how many. */
function turnBits(bytes: Buffer, text: string): number {
  let turned = 0
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) {
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
    turned += 1
  }
  return turned
}

/** Whatever the broker says next is not heard any more. */
function loseAnswer(socket: Socket): void {
  const { emit } = socket
  socket.emit = ((event: string, ...args: unknown[]) => {
    if (event !== 'data') return Reflect.apply(emit, socket, [event, ...args])
    socket.destroy(new Error('cut by the test'))
    return true
  }) as Socket['emit']
}
