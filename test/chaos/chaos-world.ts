// The system under chaos, all real: three brokers, Postgres, seven processes that are started again
// whenever they end, and between each of these and each server a proxy that can do harm. Whoever
// looks or interferes goes past the proxies.

import { startKafkaCluster } from '../../local/bare-kafka.ts'
import { adminUser, startBarePostgres } from '../../local/bare-postgres.ts'
import type { KeptServer } from '../../local/kept-server.ts'
import { createDatabase, urlOf } from '../../local/postgres-databases.ts'
import { Toxiproxy } from '../../local/toxiproxy.ts'
import { bareConfig } from '../local/bare-parts.ts'
import { awaitUntil } from '../system/await-until.ts'
import { orderOf } from '../system/place-orders.ts'
import { SagaClient } from '../system/saga-client.ts'
import { type Door, wayNames } from './doors.ts'
import { GuestKafka } from './guest-kafka.ts'
import type { Member } from './member.ts'
import { type ChaosDatabases, makeMembers, memberNames } from './members.ts'
import { mountSmallDisk, type SmallDisk } from './small-disk.ts'
import { clockStepped } from './step-date.ts'

export const brokerCount = 3

export type ChaosWorld = {
  readonly members: readonly Member[]
  readonly brokers: readonly KeptServer[]
  readonly postgres: KeptServer
  readonly proxies: Toxiproxy
  /** Every proxy, by whom it is for and where it leads. */
  readonly doors: readonly Door[]
  /** Past the proxies. */
  readonly kafka: GuestKafka
  readonly databases: ChaosDatabases
  /** Past the proxies, of a database that is none of the system's. */
  readonly adminUrl: string
  /** Where the payments' database lies, or why it lies with the others. */
  readonly disk: SmallDisk | string
  /** How often the clock of that process was stepped, as it said itself. */
  readonly clockSteps: (member: string) => number
  stop(): Promise<void>
}

export type WorldOptions = {
  /** Of the whole run, for what grows with it. */
  readonly minutes: number
  readonly report: (line: string) => void
  /** Told of every line that a process of the system writes. */
  readonly onLine: (name: string, line: string) => void
}

const warmUpLimitMs = 120_000

export async function startChaosWorld(options: WorldOptions): Promise<ChaosWorld> {
  const { minutes, report, onLine } = options
  const undo: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    const config = bareConfig()
    const proxies = await Toxiproxy.start(config, report)
    undo.push(() => proxies.remove())
    const doors = await openDoors(proxies)
    const { servers: brokers, ways } = await startKafkaCluster({
      config,
      brokerCount,
      report,
      ways: kafkaWays(doors),
    })
    undo.push(async () => void (await Promise.all(brokers.map((server) => server.remove()))))
    const postgres = await startBarePostgres(config, report)
    undo.push(() => postgres.remove())
    await leadDoors({ proxies, doors, ways, postgresPort: postgres.port })
    const disk = await mountSmallDisk(config, minutes)
    if (typeof disk !== 'string') undo.push(async () => disk.unmount())
    // The disk is in use until Postgres has ended.
    undo.push(() => postgres.stop())
    const adminUrl = `postgres://${adminUser}@127.0.0.1:${postgres.port}/postgres`
    const databases = await createDatabases(adminUrl, disk)
    const kafka = new GuestKafka(brokers.map(({ port }) => `127.0.0.1:${port}`))
    await kafka.start()
    undo.push(() => kafka.stop())
    const steps = new Map<string, number>()
    const members = makeMembers({
      databases,
      doors,
      onLine: (name, line) => {
        if (line.includes(clockStepped)) steps.set(name, (steps.get(name) ?? 0) + 1)
        onLine(name, line)
      },
      onEvent: report,
    })
    undo.push(async () => void (await Promise.all(members.map((member) => member.stop()))))
    await startMembers(members, report)
    return {
      ...{ members, brokers, postgres, proxies, doors, kafka, databases, adminUrl, disk },
      clockSteps: (member) => steps.get(member) ?? 0,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function openDoors(proxies: Toxiproxy): Promise<readonly Door[]> {
  const wanted = memberNames.flatMap((member) => [
    ...Array.from({ length: brokerCount }, (_, broker) => ({ member, leadsTo: broker })),
    { member, leadsTo: 'postgres' as const },
  ])
  const names = wanted.map(({ member, leadsTo }) => `${member}-to-${leadsTo}`)
  const ports = await proxies.open(names)
  return wanted.map((door, at) => ({ ...door, name: names[at] ?? '', port: ports[at] ?? 0 }))
}

function kafkaWays(doors: readonly Door[]) {
  return memberNames.map((member) => ({
    name: wayNames[member],
    advertised: doors
      .filter((door) => door.member === member && door.leadsTo !== 'postgres')
      .map(({ port }) => port),
  }))
}

async function leadDoors(given: {
  readonly proxies: Toxiproxy
  readonly doors: readonly Door[]
  readonly ways: Readonly<Record<string, readonly number[]>>
  readonly postgresPort: number
}): Promise<void> {
  for (const { name, member, leadsTo } of given.doors) {
    const way = given.ways[wayNames[member]]
    const port = leadsTo === 'postgres' ? given.postgresPort : way?.[leadsTo]
    if (port === undefined) throw new Error(`${name} leads nowhere`)
    await given.proxies.lead(name, port)
  }
}

async function createDatabases(
  adminUrl: string,
  disk: SmallDisk | string,
): Promise<ChaosDatabases> {
  const create = async (name: string) =>
    urlOf(adminUrl, await createDatabase({ adminUrl, name, isNameShared: false }))
  const own = { sagas: await create('sagas'), orders: await create('orders') }
  const view = await create('customers_view')
  if (typeof disk === 'string') return { ...own, view, payments: await create('payments') }
  await disk.createDatabase(adminUrl, 'payments')
  return { ...own, view, payments: urlOf(adminUrl, 'payments') }
}

async function startMembers(
  members: readonly Member[],
  report: (line: string) => void,
): Promise<void> {
  report('migrating the databases and creating topics')
  // One of each role: the two of a role share database and topics.
  const firsts = [...new Map(members.map((member) => [member.role, member])).values()]
  await Promise.all(firsts.map(({ process }) => process.run('migrate')))
  report(`starting ${members.map(({ name }) => name).join(', ')}`)
  await Promise.all(members.map((member) => member.start()))
  await warmUp(members)
}

/** The first saga of all waits until every group has its partitions; the load comes after it. */
async function warmUp(members: readonly Member[]): Promise<void> {
  const urls = members.map(({ process }) => process.url).filter((url) => url !== '')
  for (const [at, url] of urls.entries()) {
    const key = `warm-up-${at}`
    const order = orderOf(key, false)
    await awaitUntil(
      'a first saga completes',
      async () => {
        const client = new SagaClient(() => url)
        const { body } = await client.start('place-order', order, { key, waitS: 5 })
        return body['status'] === 'completed'
      },
      warmUpLimitMs,
    )
  }
}
