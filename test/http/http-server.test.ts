/** The server on real sockets: start, stop while requests wait, and clients that misbehave. */
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { realClock } from '../../messaging/clock.ts'
import type { Edge } from '../../orchestrator/http/edge.ts'
import type { HttpLimits } from '../../orchestrator/http/http-options.ts'
import { createHttpServer, type HttpServer } from '../../orchestrator/http/http-server.ts'
import { fakeEdge, parcel, saga, sagaId } from './fake-edge.ts'

const running: HttpServer[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()))
})

async function serve(edge: Partial<Edge> = {}, limits: Partial<HttpLimits> = {}) {
  const server = createHttpServer(fakeEdge(edge), { host: '127.0.0.1', port: 0, ...limits })
  running.push(server)
  return { server, url: (await server.start()).url }
}

type Answer = { readonly status: number; readonly headers: Headers; readonly body: unknown }

async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init)
  return { status: response.status, headers: response.headers, body: await response.json() }
}

function start(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  return ask(`${url}/sagas/send-parcel`, {
    method: 'POST',
    body: JSON.stringify(parcel),
    headers: { 'content-type': 'application/json', ...headers },
  })
}

/** Sends bytes and gives everything that comes back until the server closes. */
function raw(url: string, ...parts: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    let text = ''
    socket.on('data', (data) => {
      text += String(data)
    })
    socket.on('close', () => resolve(text))
    socket.on('error', reject)
    for (const part of parts) socket.write(part)
  })
}

const patience = { timeout: 30_000 }
const forever = new Promise<never>(() => undefined)
const head = 'POST /sagas/send-parcel HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'

describe('the server', () => {
  it('answers at the url that it gives', async () => {
    const { url } = await serve()
    expect((await start(url)).status).toBe(202)
    expect((await ask(`${url}/health/live`)).body).toEqual({ isLive: true })
  })

  it('says so when its port is taken', async () => {
    const { url } = await serve()
    const second = createHttpServer(fakeEdge(), {
      host: '127.0.0.1',
      port: Number(new URL(url).port),
    })
    await expect(second.start()).rejects.toMatchObject({
      code: 'HTTP_UNAVAILABLE',
      details: { problem: 'EADDRINUSE' },
    })
    await second.stop()
  })

  it('keeps a request that waits for longer than requests may take to arrive', async () => {
    const waitForEnd = () => realClock.wait(2_500).then(() => null)
    const { url } = await serve({ waitForEnd }, { requestMsMax: 500, answerMsMax: 500 })
    expect((await start(url, { prefer: 'wait=30' })).body).toMatchObject({ status: 'running' })
  })
})

describe('a server that stops', () => {
  it('answers who waits with the state so far', async () => {
    const waitForEnd = vi.fn(() => forever)
    const { server, url } = await serve({ waitForEnd })
    const waiting = [start(url, { prefer: 'wait=30' }), start(url, { prefer: 'wait=30' })]
    await vi.waitFor(() => expect(waitForEnd).toHaveBeenCalledTimes(2), patience)
    await server.stop()
    for (const answer of await Promise.all(waiting)) {
      expect(answer.status).toBe(202)
      expect(answer.body).toMatchObject({ id: sagaId, status: 'running' })
    }
    await expect(fetch(url)).rejects.toThrow()
  })

  it('refuses new requests with STOPPING, and is alive but not ready, until all are answered', async () => {
    const read = Promise.withResolvers<void>()
    const waitForEnd = vi.fn(() => forever)
    const find = async () => {
      await read.promise
      return saga()
    }
    const { server, url } = await serve({ waitForEnd, find })
    const waiting = start(url, { prefer: 'wait=30' })
    await vi.waitFor(() => expect(waitForEnd).toHaveBeenCalled(), patience)
    const stopped = server.stop()
    const refused = await start(url)
    expect(refused.status).toBe(503)
    expect(refused.body).toMatchObject({ code: 'STOPPING' })
    expect(refused.headers.get('connection')).toBe('close')
    expect((await ask(`${url}/health/live`)).status).toBe(200)
    expect((await ask(`${url}/health/ready`)).status).toBe(503)
    read.resolve()
    await stopped
    expect((await waiting).status).toBe(202)
  })

  it('lets a request in work finish, and does not wait for its idle connection', async () => {
    const started = Promise.withResolvers<void>()
    const begun = vi.fn(async () => {
      await started.promise
      return { id: sagaId, isNew: true }
    })
    const { server, url } = await serve({ start: begun }, { stopMsMax: 60_000 })
    const agent = new Agent({ keepAlive: true })
    const answered = new Promise<number | undefined>((resolve, reject) => {
      const headers = { 'content-type': 'application/json' }
      const out = request(`${url}/sagas/send-parcel`, { method: 'POST', agent, headers })
      out.on('response', (response) => {
        response.resume().on('end', () => resolve(response.statusCode))
      })
      out.on('error', reject)
      out.end(JSON.stringify(parcel))
    })
    await vi.waitFor(() => expect(begun).toHaveBeenCalled(), patience)
    const stopped = server.stop()
    await realClock.wait(50)
    started.resolve()
    expect(await answered).toBe(202)
    await stopped
    agent.destroy()
  })

  it('cuts what is still open after its limit', async () => {
    const start0 = vi.fn(() => forever)
    const { server, url } = await serve({ start: start0 }, { stopMsMax: 200 })
    const cut = expect(start(url)).rejects.toThrow()
    await vi.waitFor(() => expect(start0).toHaveBeenCalled(), patience)
    await server.stop()
    await cut
  })

  it('cuts waits that cannot be answered, too', async () => {
    const find = vi.fn(() => forever)
    const { server, url } = await serve({ find }, { stopMsMax: 200 })
    const cut = expect(start(url, { prefer: 'wait=1' })).rejects.toThrow()
    await vi.waitFor(() => expect(find).toHaveBeenCalled(), patience)
    await server.stop()
    await cut
  })

  it('can be stopped twice, and before it was started', async () => {
    const { server } = await serve()
    await Promise.all([server.stop(), server.stop()])
    await createHttpServer(fakeEdge(), { host: '127.0.0.1', port: 0 }).stop()
  })
})

describe('a client', () => {
  it('that sends too much is told so before it has sent it all', async () => {
    const { url } = await serve()
    const answer = await raw(url, `${head}Content-Length: 1000000\r\n\r\n{`)
    expect(answer).toMatch(/^HTTP\/1.1 413 /)
    expect(answer).toContain('BODY_TOO_LARGE')
  })

  it('that sends too much in pieces is told so', async () => {
    const { url } = await serve({}, { bodyBytesMax: 10 })
    const answer = await raw(
      url,
      `${head}Transfer-Encoding: chunked\r\n\r\n14\r\n${'['.repeat(20)}\r\n`,
    )
    expect(answer).toContain('BODY_TOO_LARGE')
  })

  it('that sends its request too slowly is told so', async () => {
    const { url } = await serve({}, { requestMsMax: 300 })
    const answer = await raw(url, `${head}Content-Length: 100\r\n\r\n{`)
    expect(answer).toMatch(/^HTTP\/1.1 408 Request Timeout/)
    expect(answer).toContain('REQUEST_TIMEOUT')
  })

  it('that never ends its headers is told so', async () => {
    const { url } = await serve({}, { requestMsMax: 300 })
    expect(await raw(url, head)).toContain('REQUEST_TIMEOUT')
  })

  it('that sends huge headers is told so', async () => {
    const { url } = await serve()
    const answer = await raw(url, `${head}X-Long: ${'x'.repeat(20_000)}\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1.1 431 /)
    expect(answer).toContain('HEADERS_TOO_LARGE')
  })

  it('that does not speak HTTP gets a problem document as well', async () => {
    const { url } = await serve()
    const answer = await raw(url, 'HELO there\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
    const [, body = ''] = answer.split('\r\n\r\n')
    expect(JSON.parse(body)).toMatchObject({ code: 'REQUEST_INVALID', status: 400 })
    expect(answer).toContain('x-content-type-options: nosniff')
  })

  it('that sends two lengths or breaks the JSON cannot smuggle anything', async () => {
    const { url } = await serve()
    const twice = `${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`
    expect(await raw(url, twice)).toMatch(/^HTTP\/1.1 400 /)
    expect(await raw(url, `${head}Content-Length: 1\r\n\r\n{`)).toContain('REQUEST_INVALID')
  })

  it('beyond the number of connections is dropped', async () => {
    const { url } = await serve({}, { connectionsMax: 0 })
    await expect(start(url)).rejects.toThrow()
  })
})
