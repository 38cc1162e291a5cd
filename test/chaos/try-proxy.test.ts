// The harm of a proxy counts as seen only while the server behind it answers: a dead broker breaks
// connections as well, and a frozen one is silent.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { type IsSeen, tryProxy } from './faults/try-proxy.ts'

const servers: Server[] = []
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))))
})

async function listen(take: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    take(socket)
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const answering = (socket: Socket) => socket.on('data', () => socket.write('answer'))
const breaking = (socket: Socket) => socket.destroy()
const silent = () => undefined

const isBroken: IsSeen = ({ end }) => end === 'broken'
const isSilent: IsSeen = ({ end }) => end === 'silent'
const isSlow: IsSeen = ({ end, ms }, serverMs) => end === 'answered' && ms - serverMs >= 200

const slow = (socket: Socket) =>
  socket.on('data', () => setTimeout(() => socket.write('answer'), 600))

it.each([
  ['broken', breaking, isBroken],
  ['silent', silent, isSilent],
  ['slow', slow, isSlow],
] as const)('a proxy that is %s is seen, unless its server is so', async (_, take, isSeen) => {
  const port = await listen(take)
  const given = { target: 'kafka', port, isSeen } as const
  expect(await tryProxy({ ...given, serverPort: await listen(answering) })).not.toBeNull()
  expect(await tryProxy({ ...given, serverPort: await listen(take) })).toBeNull()
})

it('a proxy without harm is not seen', async () => {
  const given = { target: 'kafka', port: await listen(answering), isSeen: isBroken } as const
  expect(await tryProxy({ ...given, serverPort: await listen(answering) })).toBeNull()
})
