/** That the proxies of the chaos runs lead where they are told, do harm, and are mended again. */
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Toxiproxy } from '../../local/toxiproxy.ts'
import { bareConfig, startLimitMs, testLimitMs } from './bare-parts.ts'

const silenceMs = 5_000

/** Says something and waits for it to come back. */
function echo(port: number): Promise<'echoed' | 'silent' | 'refused' | 'broken'> {
  return new Promise((resolve) => {
    let isIn = false
    const socket = connect({ host: '127.0.0.1', port })
    const end = (how: Awaited<ReturnType<typeof echo>>) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(how)
    }
    const timer = setTimeout(() => end('silent'), silenceMs)
    socket.once('connect', () => {
      isIn = true
      socket.write('hello')
    })
    socket.once('data', () => end('echoed'))
    socket.once('error', () => end(isIn ? 'broken' : 'refused'))
    socket.once('close', () => end('broken'))
  })
}

describe('proxies', { timeout: testLimitMs }, () => {
  let proxies: Toxiproxy
  let server: Server
  let ports: readonly number[]

  beforeAll(async () => {
    server = createServer((socket) => socket.on('error', () => {}).pipe(socket))
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    proxies = await Toxiproxy.start(bareConfig(), () => {})
    ports = await proxies.open(['one', 'other'])
    const { port } = server.address() as AddressInfo
    for (const name of ['one', 'other']) await proxies.lead(name, port)
  }, startLimitMs)

  afterAll(async () => {
    await proxies?.remove()
    server.close()
  })

  const both = async () => [await echo(ports[0] ?? 0), await echo(ports[1] ?? 0)]

  it('lead to the server', async () => {
    expect(await both()).toEqual(['echoed', 'echoed'])
  })

  it('are cut one by one, and mended', async () => {
    await proxies.cut('one')
    expect(await both()).toEqual(['refused', 'echoed'])
    await proxies.mend('one')
    expect(await both()).toEqual(['echoed', 'echoed'])
  })

  it('fall silent one by one, and are mended', async () => {
    await proxies.poison('other', {
      type: 'timeout',
      stream: 'downstream',
      attributes: { timeout: 0 },
    })
    expect(await both()).toEqual(['echoed', 'silent'])
    await proxies.mend('other')
    expect(await both()).toEqual(['echoed', 'echoed'])
  })

  it('say what they cannot do', async () => {
    await expect(proxies.cut('none')).rejects.toMatchObject({ code: 'LOCAL_TOXIPROXY_REFUSED' })
  })
})
