// A proxy between one client and Postgres that loses a COMMIT, or its answer, when it is told to,
// and can let the client die while what it had sent goes on to the server.

import type { AddressInfo } from 'node:net'
import { createServer, connect as openSocket, type Socket } from 'node:net'

export type CuttingProxy = {
  readonly port: number
  /** The next COMMIT does not arrive, or is carried out without an answer, as an INSERT may be. */
  cutCommit(what: 'commit' | 'answer'): void
  /** Clients see their connections break; the server gets all that they had sent. */
  dropClients(): void
  stop(): Promise<void>
}

type Pair = { readonly client: Socket; readonly server: Socket }

export async function createCuttingProxy(target: {
  readonly host: string
  readonly port: number
}): Promise<CuttingProxy> {
  const pairs = new Set<Pair>()
  let cutting: 'commit' | 'answer' | null = null
  const listener = createServer((client) => {
    const server = openSocket(target)
    const pair = { client, server }
    pairs.add(pair)
    const end = () => {
      pairs.delete(pair)
      client.destroy()
      server.destroy()
    }
    client.on('data', (bytes) => {
      if (cutting === 'commit' && bytes.includes('commit')) {
        cutting = null
        end()
      } else server.write(bytes)
    })
    server.on('data', (bytes) => {
      if (cutting === 'answer' && /COMMIT|INSERT 0/.test(bytes.toString('latin1'))) {
        cutting = null
        end()
      } else if (!client.destroyed) client.write(bytes)
    })
    client.on('error', () => undefined).on('end', () => server.end())
    server.on('error', end).on('close', end)
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  return {
    port: (listener.address() as AddressInfo).port,
    cutCommit: (what) => {
      cutting = what
    },
    dropClients: () => {
      for (const { client, server } of pairs) {
        client.destroy()
        server.end()
      }
    },
    stop: () => {
      for (const { client, server } of pairs) {
        client.destroy()
        server.destroy()
      }
      return new Promise((resolve) => listener.close(() => resolve()))
    },
  }
}
