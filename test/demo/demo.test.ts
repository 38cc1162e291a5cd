// `npm run demo` as a person runs it: in a fresh clone without node_modules, as root and as an
// ordinary user, on local parts of its own and on given ones, to its end and interrupted.
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { openDb } from '../../messaging/db.ts'
import { workerBrokers } from '../worker-kafka.ts'
import { makeBarePath } from './bare-path.ts'
import { DemoProcess } from './demo-process.ts'
import { type FreshClone, makeFreshClone, ordinaryUser } from './fresh-clone.ts'

/** A first install and a first download of Kafka may be among it. */
const firstRunMsMax = 9 * 60_000
const runMsMax = 9 * 60_000

const otherUser = process.getuid?.() === 0 ? ordinaryUser() : null
const self = otherUser === null ? 'its user' : 'root'

let clone: FreshClone
const demos: DemoProcess[] = []

beforeAll(() => {
  clone = makeFreshClone(null)
})

afterAll(() => {
  // Only what a failed test has left still runs.
  for (const demo of demos) demo.end()
  clone.remove()
})

function runDemo(args: readonly string[], options: RunOptions = {}): DemoProcess {
  const demo = new DemoProcess(options.clone ?? clone, args, options.environment)
  demos.push(demo)
  return demo
}

type RunOptions = {
  readonly clone?: FreshClone
  readonly environment?: Readonly<Record<string, string>>
}

/** Kafka and Postgres of this test run, which other systems have used before. */
const given = () => ({
  environment: { KAFKA_BROKERS: workerBrokers().join(','), DATABASE_URL: inject('postgresUrl') },
})

const verdictsOnBarePath = {
  ...{ 'message queue': 'right', 'event centre': 'right', 'data synchroniser': 'right' },
  ...{ choreography: 'right', 'log collection': 'right', 'stream processing': 'right' },
  ...{ 'event sourcing': 'right', 'the past of a saga': 'right' },
  ...{ 'retention and archive': 'right', erasure: 'left out', 'participant in Node': 'right' },
  ...{ 'participant in Java': 'left out', 'participant in Python': 'left out' },
  // Of helm it takes the one that `npm run chart` has built, where it has.
  ...{ 'rights in Kafka': 'right', 'Helm chart': expect.stringMatching(/^(right|left out)$/) },
  'documents as a site': 'left out',
}

async function demoDatabases(): Promise<readonly unknown[]> {
  const db = openDb({ url: inject('postgresUrl'), applicationName: 'test', connectionsMax: 1 })
  const sql = `select datname from pg_database where datname like 'sagaline_demo%'`
  const { rows } = await db.query(sql)
  await db.stop()
  return rows
}

function expectFiveGoodOrders(lines: readonly string[]): void {
  expect(lines.filter((line) => /^ {3}(right|WRONG): /.test(line))).toEqual([
    '   right: saga completed, order COMPLETED, payment TAKEN',
    '   right: saga compensated, order CANCELLED, payment DECLINED',
    '   right: saga compensated, order none, payment none',
    '   right: saga compensated, order CANCELLED, payment REFUNDED',
    '   right: saga completed, order COMPLETED, payment TAKEN',
  ])
  const wide = lines.filter((line) => line.length > 100 && !line.startsWith('curl '))
  expect(wide).toEqual([])
}

async function expectGoodRun(demo: DemoProcess): Promise<void> {
  await demo.hasSaid('installing the dependencies')
  expect(await demo.ended(), demo.output).toBe(0)
  const lines = demo.stdout.trimEnd().split('\n')
  expectFiveGoodOrders(lines)
  expect(lines.at(-1)).toMatch(/^All 5 orders ended as they must\. .* it took \d+ s\.$/)
  expect(demo.stdout).not.toContain('\u001b')
  expect(await demo.left()).toEqual([])
}

describe('npm run demo', () => {
  it(`runs in a fresh clone as ${self}`, { timeout: firstRunMsMax }, async () => {
    await expectGoodRun(runDemo([]))
    expect(clone.leftFiles()).toEqual([])
  })

  it.runIf(otherUser)('runs in a fresh clone as nobody', { timeout: firstRunMsMax }, async () => {
    const ofOther = makeFreshClone(otherUser)
    const demo = runDemo([], { clone: ofOther })
    try {
      await expectGoodRun(demo)
      expect(ofOther.leftFiles()).toEqual([])
    } finally {
      demo.end()
      ofOther.remove()
    }
  })

  it('says what it does not know, and what it does', async () => {
    const wrong = runDemo(['--fast'])
    expect(await wrong.ended()).toBe(2)
    expect(wrong.output).toContain('The demo does not know the argument --fast.')
    const help = runDemo(['--help'])
    expect(await help.ended()).toBe(0)
    expect(help.stdout).toContain('usage: npm run demo [-- --keep | --full]')
  })
})

describe('npm run demo, interrupted by Ctrl-C', { timeout: runMsMax }, () => {
  it('while Kafka and Postgres start, leaves nothing', async () => {
    const demo = runDemo([])
    await demo.hasSaid('sagaline: ')
    demo.signal('SIGINT')
    expect(await demo.ended()).toBe(130)
    expect(await demo.left()).toEqual([])
    expect(clone.leftFiles()).toEqual([])
  })

  it.each(['starting orchestrator', 'nobody answers'])(
    'after "%s", stops what runs',
    async (moment) => {
      const left = await demoDatabases()
      const demo = runDemo([], given())
      await demo.hasSaid(moment)
      demo.signal('SIGINT')
      expect(await demo.ended(), demo.output).toBe(130)
      expect(await demo.left()).toEqual([])
      expect(await demoDatabases()).toEqual(left)
    },
  )
})

describe('npm run demo, its npm alone ended by SIGTERM', { timeout: runMsMax }, () => {
  it('leaves nothing', async () => {
    const left = await demoDatabases()
    const demo = runDemo([], given())
    await demo.hasSaid('takePayment is sent, attempt 1')
    demo.endNpm()
    expect(await demo.left()).toEqual([])
    await demo.ended()
    expect(await demoDatabases()).toEqual(left)
    expect(clone.leftFiles()).toEqual([])
  })
})

describe('npm run demo -- --full', { timeout: runMsMax }, () => {
  it('shows every part, says what the machine lacks, and sums it up', async () => {
    const left = await demoDatabases()
    const barePath = makeBarePath(path.join(clone.top, 'bin'), clone.environment['PATH'] ?? '')
    const { environment } = given()
    const demo = runDemo(['--full'], { environment: { ...environment, PATH: barePath } })
    expect(await demo.ended(), demo.output).toBe(0)
    const lines = demo.stdout.split('\n')
    const table = lines.slice(lines.findIndex((line) => line.startsWith('part  ')) + 1)
    const found = table.flatMap((line) => [/^(\S.*?) {2,}(right|WRONG|left out) /.exec(line) ?? []])
    const verdicts = found.filter(([row]) => row).map(([, name, verdict]) => [name, verdict])
    expect(Object.fromEntries(verdicts), demo.output).toEqual(verdictsOnBarePath)
    expect(demo.stdout).toContain('left out: javac --version does not work here; it takes a JDK 17')
    expect(lines.filter((line) => line.length > 100)).toEqual([])
    expect(await demo.left()).toEqual([])
    expect(await demoDatabases()).toEqual(left)
    expect(clone.leftFiles()).toEqual([])
  })
})

describe('npm run demo -- --keep', { timeout: runMsMax }, () => {
  it('is not disturbed by a demo that was killed half-way, and stays up', async () => {
    const killed = runDemo([], given())
    await killed.hasSaid('takePayment is sent, attempt 1')
    killed.signal('SIGKILL')
    expect(await killed.left()).toEqual([])
    const left = await demoDatabases()
    const demo = runDemo(['--keep'], given())
    await demo.hasSaid('until Ctrl-C')
    const lines = demo.stdout.split('\n')
    expectFiveGoodOrders(lines)
    await expectAddresses(lines)
    expectPasteable(lines.filter((line) => line.startsWith('curl ')))
    demo.signal('SIGINT')
    expect([0, 130], demo.output).toContain(await demo.ended())
    expect(await demo.left()).toEqual([])
    expect(await demoDatabases()).toEqual(left)
  })
})

function expectPasteable(lines: readonly string[]): void {
  const answers = lines.map(paste)
  expect(answers).toMatchObject([
    { status: 'completed' },
    { status: 'compensated', failure: { step: 'takePayment', reason: 'declined-on-demand' } },
    { isNew: true },
    { isNew: false },
    { status: 'completed', businessKey: 'ada' },
    { items: expect.arrayContaining([expect.objectContaining({ status: 'completed' })]) },
    { items: expect.arrayContaining([expect.objectContaining({ status: 'compensated' })]) },
  ])
  expect(answers[2]).toMatchObject({ id: (answers[3] as { readonly id: string }).id })
}

function paste(line: string): unknown {
  return JSON.parse(execFileSync('sh', ['-c', line], { encoding: 'utf8', timeout: 30_000 }))
}

async function expectAddresses(lines: readonly string[]): Promise<void> {
  const addressed = (name: string) =>
    lines
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length)
      .trim() ?? ''
  const openapi: unknown = await (await fetch(addressed('OpenAPI'))).json()
  expect(openapi).toMatchObject({ openapi: expect.stringMatching(/^3\./) })
  expect(addressed('Kafka')).toBe(workerBrokers().join(','))
  const db = openDb({ url: addressed('Postgres'), applicationName: 'test', connectionsMax: 1 })
  const { rows } = await db.query('select count(*)::integer as sagas from sagas')
  await db.stop()
  expect(rows).toEqual([{ sagas: 5 }])
}
