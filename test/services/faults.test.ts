// The switch of a service that runs: refused in production, there for this machine alone, and driven
// by the command line. That a real process does what it says is in processes.test.ts.
import { request } from 'node:http'
import { networkInterfaces } from 'node:os'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { setAside, shopCommands } from '../../examples/faults/shop.ts'
import { createFaultDoor } from '../../orchestrator/http/fault-services.ts'
import {
  answerFaultRequest,
  createFaults,
  createMetrics,
  handle,
  noMetrics,
  silentLog,
  succeeded,
} from '../../participant/index.ts'
import { HealthServer } from '../../services/shared/health-server.ts'
import { SystemProcess } from '../../services/system/system-process.ts'
import { callCli } from '../cli/call-cli.ts'
import { freePort } from './free-port.ts'

const faults = createFaults(shopCommands([]))
let port = 0
let server: HealthServer

beforeAll(async () => {
  port = await freePort()
  const metrics = createMetrics({ log: silentLog })
  metrics.counter({ name: 'parcels_total', help: 'Parcels.' })()
  const own = { host: '0.0.0.0', port, problem: async () => null, faults, metrics }
  server = new HealthServer(own)
  await server.start()
})
afterAll(() => server.stop())

const url = () => `http://127.0.0.1:${port}`
const cli = (...words: readonly string[]) => callCli(['fault', ...words, '--url', url()])

it('the figures of a service are at /metrics', async () => {
  const response = await fetch(`${url()}/metrics`)
  expect(response.headers.get('content-type')).toMatch(/^text\/plain/)
  expect(await response.text()).toContain('\nparcels_total 1\n')
})

describe('the command line', () => {
  it('sets, lists and clears faults', async () => {
    const words = ['set', 'shop.charge', 'decline', '--reason', '"stolen"', '--times', '3']
    expect(await cli(...words, '--step', 'charge')).toMatchObject({ code: 0 })
    expect((await cli('list')).out).toBe('shop.charge of charge: decline, 0 so far, 3 to come')
    expect(faults.take({ name: 'shop.charge', step: 'charge' })?.fault).toMatchObject({
      reason: 'stolen',
    })
    expect(faults.take({ name: 'shop.charge', step: 'other' })).toBeNull()
    const { out } = await cli('list', '--json')
    expect(JSON.parse(out).faults).toMatchObject([{ left: 2, hits: 1 }])
    expect(await cli('clear')).toMatchObject({ code: 0, out: 'no faults' })
  })

  it.each([
    [['set', 'shop.fly', 'throw'], 1, 'there is no such command here'],
    [['set', 'shop.charge', 'decline', '--reason', '"rain"'], 1, 'does not fit the contract'],
    [['set', 'shop.charge', 'explode'], 2, 'one of decline, throw'],
    [['set', 'shop.charge', 'throw', '--ms', '5'], 2, 'throw takes no --ms'],
    [['set', 'shop.charge', 'delay'], 2, '--ms must be a count'],
  ])('%j is refused', async (words, code, said) => {
    const answer = await cli(...words)
    expect(answer.code).toBe(code)
    expect(answer.err).toContain(said)
    expect(faults.list()).toEqual([])
  })
})

describe('the orchestrator, asked to have a command fail', () => {
  afterEach(() => faults.clear())
  const order = { command: 'shop.charge', step: 'charge', fault: { kind: 'delay', ms: 5 } } as const

  it('tells the service that has it, adds to what is there, and clears all', async () => {
    const nobody = `http://127.0.0.1:${await freePort()}`
    const door = createFaultDoor([nobody, url()])
    await door?.add(order)
    await door?.add({ ...order, fault: { kind: 'throw' }, times: 2 })
    expect(faults.list()).toMatchObject([{ fault: { kind: 'delay', ms: 5 } }, { left: 2 }])
    const [away, shop] = (await door?.list()) ?? []
    expect(away).toMatchObject({ commands: [], problem: expect.stringContaining('ECONNREFUSED') })
    expect(shop).toMatchObject({ commands: expect.arrayContaining(['shop.charge']), problem: null })
    expect(shop?.faults).toEqual(faults.list())
    await door?.clear()
    expect(faults.list()).toEqual([])
  })

  it.each([
    ['nobody has', { ...order, command: 'shop.fly' }, 'no service has the command shop.fly'],
    [
      'cannot have that fault',
      { ...order, fault: { kind: 'decline', reason: 'rain' } },
      'contract',
    ],
  ])('refuses a command that %s', async (_, wrong, said) => {
    await expect(createFaultDoor([url()])?.add(wrong)).rejects.toMatchObject({
      code: 'FAULT_REFUSED',
      message: expect.stringContaining(said),
    })
    expect(faults.list()).toEqual([])
  })

  it('has no door without services', () => expect(createFaultDoor([])).toBeNull())
})

describe('the switch', () => {
  it.each([
    '',
    '[]',
    'null',
    '{"faults":{}}',
    '{"faults":[null]}',
    '{"faults":[{"command":"shop.charge"}]}',
    '{"faults":[{"command":"shop.charge","fault":{"kind":"throw"},"times":0}]}',
    '{"faults":[{"command":"shop.charge","fault":{"kind":"throw"},"extra":1}]}',
    '{"faults":[{"command":"shop.charge","fault":{"kind":"delay","ms":1e12}}]}',
  ])('refuses %s and changes nothing', (body) => {
    const own = createFaults([handle(setAside, async () => succeeded())])
    own.inject(setAside, { kind: 'duplicate' })
    const answer = answerFaultRequest(own, { method: 'PUT', body })
    expect(answer).toMatchObject({ status: 422, body: { code: 'FAULT_INVALID' } })
    expect(own.list()).toHaveLength(1)
  })

  it('is not there for other machines, nor for pages of a browser', async () => {
    const headers = { origin: 'http://example.org' }
    expect((await fetch(`${url()}/faults`, { headers })).status).toBe(403)
    const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
    const other = addresses.find(({ internal, family }) => !internal && family === 'IPv4')
    // From the machine's own outer address it looks as from another one.
    if (other === undefined) return expect(addresses.every(({ internal }) => internal)).toBe(true)
    const status = await new Promise((resolve, reject) => {
      const options = { host: other.address, localAddress: other.address, port, path: '/faults' }
      request(options, (response) => resolve(response.statusCode))
        .once('error', reject)
        .end()
    })
    expect(status).toBe(403)
    return undefined
  })

  it('is no path of a service that has no faults', async () => {
    const plainPort = await freePort()
    const own = { host: '127.0.0.1', port: plainPort, problem: async () => null }
    const plain = new HealthServer({ ...own, faults: null, metrics: noMetrics })
    await plain.start()
    expect((await fetch(`http://127.0.0.1:${plainPort}/faults`)).status).toBe(404)
    expect((await fetch(`http://127.0.0.1:${plainPort}/metrics`)).status).toBe(404)
    await plain.stop()
  })

  it.each(['orders', 'payments'])('keeps %s from starting in production', async (name) => {
    const service = new SystemProcess({
      name,
      program: `services/${name}/main.ts`,
      environment: {
        ...{ DATABASE_URL: 'postgres://127.0.0.1/none', KAFKA_BROKERS: '127.0.0.1:9' },
        ...{ FAULTS_ENABLED: 'true', NODE_ENV: 'production' },
      },
    })
    await expect(service.start()).rejects.toThrow('FAULTS_IN_PRODUCTION')
  })
})
