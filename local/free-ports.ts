/**
 * Free loopback ports for servers that must be told their port before they start. Called by the
 * bare Kafka, the bare Postgres and the Kafka container.
 */
import { randomInt } from 'node:crypto'
import { createServer, type Server } from 'node:net'
import { LocalPartsError } from './errors.ts'

// Below the ranges from which systems pick the ports of outgoing connections: otherwise a client
// that keeps dialling a stopped server can be given that very port as its own, connect to itself,
// and keep the server from coming back.
const lowestPort = 20_000
const highestPort = 31_999
const triesMax = 200

export async function freePorts(count: number): Promise<readonly number[]> {
  const held: Server[] = []
  const ports: number[] = []
  try {
    for (let tried = 0; tried < triesMax && ports.length < count; tried += 1) {
      const port = randomInt(lowestPort, highestPort + 1)
      const server = await listen(port)
      if (server === undefined) continue
      held.push(server)
      ports.push(port)
    }
  } finally {
    await Promise.all(held.map((server) => new Promise((closed) => server.close(closed))))
  }
  if (ports.length < count) {
    throw new LocalPartsError('LOCAL_START_FAILED', 'no free port was found on loopback.')
  }
  return ports
}

function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen({ port, host: '127.0.0.1' }, () => resolve(server))
  })
}
