// Whether a port of loopback is free, and another one where it is not.
import { createServer } from 'node:net'

/** The port itself, or a free one that the system chooses. Somebody may still take it before us. */
export async function freePort(port: number): Promise<number> {
  return (await tryPort(port)) ?? (await tryPort(0)) ?? 0
}

function tryPort(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(null))
    server.listen({ host: '127.0.0.1', port }, () => {
      const address = server.address()
      const found = typeof address === 'object' && address !== null ? address.port : null
      server.close(() => resolve(found))
    })
  })
}
