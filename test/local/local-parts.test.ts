/** That local Kafka and Postgres start, answer, come back after a kill, and leave nothing behind. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LocalParts, startLocalParts } from '../../local/local-parts.ts'
import { isAlive } from '../../local/process-tree.ts'
import {
  bareConfig,
  isListening,
  startBareParts,
  startLimitMs,
  testLimitMs,
  until,
} from './bare-parts.ts'
import { readRecord, writeRecord } from './kafka-record.ts'

describe('local parts', { timeout: testLimitMs }, () => {
  let parts: LocalParts

  beforeAll(async () => {
    parts = await startBareParts()
  }, startLimitMs)

  afterAll(async () => {
    await parts?.stop()
  }, testLimitMs)

  it('Kafka takes a record and gives it back', async () => {
    await writeRecord(parts.kafka.brokers, { name: 'greetings', replicas: 1 }, 'hello')
    expect(await readRecord(parts.kafka.brokers, 'greetings', 'readers')).toBe('hello')
  })

  it('a mistyped topic is not created by asking for it', async () => {
    await expect(readRecord(parts.kafka.brokers, 'greeting', 'readers')).rejects.toThrow(
      'This server does not host this topic-partition',
    )
  })

  it('Postgres commits to disk and has room for many connections', async () => {
    const url = await parts.createDatabase('orders')
    expect(await setting(url, 'fsync')).toBe('on')
    expect(await setting(url, 'synchronous_commit')).toBe('on')
    expect(await setting(url, 'full_page_writes')).toBe('on')
    expect(Number(await setting(url, 'max_connections'))).toBeGreaterThanOrEqual(200)
    expect(new URL(url).pathname).toBe('/orders')
  })

  it('a name that would need quoting is refused', async () => {
    await expect(parts.createDatabase('x"; drop database orders; --')).rejects.toMatchObject({
      code: 'LOCAL_DATABASE_FAILED',
    })
  })

  it('a killed Kafka comes back on its port with its records', async () => {
    await writeRecord(parts.kafka.brokers, { name: 'kept', replicas: 1 }, 'still here')
    const before = parts.kafka.processIds()
    await parts.kafka.kill()
    expect(before.filter(isAlive)).toEqual([])
    expect(parts.kafka.processIds()).toEqual([])
    await parts.kafka.start()
    expect(await readRecord(parts.kafka.brokers, 'kept', 'readers-of-kept')).toBe('still here')
  })

  it('a killed Postgres comes back on its port with what was committed', async () => {
    const url = await parts.createDatabase('payments')
    await rows(url, 'create table payments as select 42 as amount')
    const before = parts.postgres.processIds()
    expect(before.length).toBeGreaterThan(1)
    await parts.postgres.kill()
    expect(before.filter(isAlive)).toEqual([])
    await parts.postgres.start()
    expect(await rows(url, 'select amount from payments')).toEqual([{ amount: 42 }])
  })

  it('a server that ended by itself can be started again', async () => {
    const [processId = 0] = parts.kafka.processIds()
    process.kill(processId, 'SIGKILL')
    await until('its end is noticed', () => parts.kafka.processIds().length === 0)
    await parts.kafka.start()
    expect(parts.kafka.processIds()).not.toContain(processId)
    await writeRecord(parts.kafka.brokers, { name: 'after-crash', replicas: 1 }, 'x')
  })

  it('both come back from an orderly stop', async () => {
    await Promise.all([parts.kafka.stop(), parts.postgres.stop()])
    await Promise.all([parts.kafka.start(), parts.postgres.start()])
    await writeRecord(parts.kafka.brokers, { name: 'after-stop', replicas: 1 }, 'x')
    expect(await setting(parts.postgres.adminUrl, 'fsync')).toBe('on')
  })

  it('a given Kafka and Postgres are used, and only our databases are dropped again', async () => {
    const lines: string[] = []
    const config = {
      ...bareConfig(),
      kafkaBrokers: parts.kafka.brokers,
      databaseUrl: parts.postgres.adminUrl,
    }
    const given = await startLocalParts({ report: (line) => lines.push(line), config })
    const url = await given.createDatabase('orders')
    expect(new URL(url).pathname).toMatch(/^\/orders_[0-9a-f]+$/)
    expect(given.kafka.processIds()).toEqual([])
    await expect(given.kafka.kill()).rejects.toMatchObject({ code: 'LOCAL_NOT_OURS' })
    await given.stop()
    await expect(setting(url, 'fsync')).rejects.toThrow('does not exist')
    expect(lines.join()).toMatch(/KAFKA_BROKERS.*DATABASE_URL/)
  })
})

describe('the end of local parts', { timeout: startLimitMs }, () => {
  it('leaves no process, port or folder, and two pairs live side by side', async () => {
    const [one, two] = await Promise.all([startBareParts(), startBareParts({ isForLoad: true })])
    const processIds = [one, two].flatMap(({ kafka, postgres }) => [
      ...kafka.processIds(),
      ...postgres.processIds(),
    ])
    const servers = [one, two].flatMap((pair) => [...pair.kafka.servers, ...pair.postgres.servers])
    expect(new Set(servers.map(({ port }) => port)).size).toBe(4)
    await Promise.all([one.createDatabase('orders'), two.createDatabase('orders')])
    // Java goes by the last one.
    expect([one, two].map((pair) => flagsOf(pair, 'TieredStopAtLevel').at(-1))).toEqual(['1', '4'])
    await Promise.all([one.stop(), two.stop()])
    await one.stop()
    expect(processIds.filter(isAlive)).toEqual([])
    expect(servers.filter(({ dataDir }) => existsSync(dataDir))).toEqual([])
    const listening = await Promise.all(servers.map(({ port }) => isListening(port)))
    expect(listening).toEqual([false, false, false, false])
  })

  it('three brokers form one cluster that outlives one of them', async () => {
    const parts = await startBareParts({ brokers: 3 })
    try {
      expect(parts.kafka.brokers.length).toBe(3)
      await writeRecord(parts.kafka.brokers, { name: 'copied', replicas: 3 }, 'thrice')
      // The first group makes Kafka create its offsets topic, for which it wants all three brokers.
      await readRecord(parts.kafka.brokers, 'copied', 'early-readers')
      await parts.kafka.servers[0]?.kill()
      expect(await readRecord(parts.kafka.brokers, 'copied', 'late-readers')).toBe('thrice')
    } finally {
      await parts.stop()
    }
  })
})

/** What the broker was started with. */
function flagsOf({ kafka }: LocalParts, name: string): readonly (string | undefined)[] {
  const ps = ['-ww', '-o', 'args=', '-p', `${kafka.processIds()[0]}`]
  const commandLine = execFileSync('ps', ps, { encoding: 'utf8' })
  return [...commandLine.matchAll(new RegExp(`${name}=(\\d+)`, 'g'))].map(([, value]) => value)
}

async function setting(url: string, name: string): Promise<unknown> {
  const [row] = await rows(url, `select current_setting('${name}') as value`)
  return row?.['value']
}

async function rows(url: string, statement: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows
  } finally {
    await client.end()
  }
}
