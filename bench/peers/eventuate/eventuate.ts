// Eventuate Tram Sagas as an engine, each step a message over Kafka as in Sagaline: the order
// service with orchestrator and load, the payment service, the CDC process that brings the outboxes
// to Kafka (polling every 2 ms, the quickest here), and the ZooKeeper that this one elects by.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePorts } from '../../../local/free-ports.ts'
import type { LocalParts } from '../../../local/local-parts.ts'
import type { LoadOrder, LoadResult } from '../../closed-loop.ts'
import { perSaga, readCounts } from '../../costs.ts'
import { type EngineOptions, partsOf, type RunningEngine } from '../../engines/engine.ts'
import { createTopics } from '../../engines/floor.ts'
import { type Load, measure } from '../../measure.ts'
import { countOrders } from '../dbos/dbos.ts'
import { fetchedPeer } from '../fetched-peer.ts'
import { countPeerDisagreements, onDatabase, type PeerDatabases } from '../peer-databases.ts'
import { PeerProcess } from '../peer-process.ts'
import { cdcSettings, serviceSettings } from './eventuate-settings.ts'

const channels = ['orderService', 'paymentService', 'peer.OrderSaga-reply']
/** As many as it was quickest with. */
const partitions = 8
const drainMsMax = 60_000

const maven = (project: string): readonly [string, ...string[]] => [
  'mvn',
  ...['--batch-mode', '-q', '-f', `${project}/pom.xml`, 'package'],
  ...['dependency:copy-dependencies', '-DoutputDirectory=target/lib', '-DincludeScope=runtime'],
]

type Processes = Readonly<Record<'zookeeper' | 'cdc' | 'payment' | 'order', PeerProcess>>

export async function startEventuate(options: EngineOptions): Promise<RunningEngine> {
  const { parts, report } = options
  const folder = await fetchedPeer(
    {
      name: 'eventuate',
      folder: import.meta.dirname,
      install: [maven('cdc'), maven('services')],
      needs: 'Java 17 or newer and Maven',
    },
    report,
  )
  const databases = {
    orders: await createDatabase(parts, folder, 'eventuate_orders'),
    payments: await createDatabase(parts, folder, 'eventuate_payments'),
  }
  await createTopics(parts, channels, partitions)
  const data = await mkdtemp(path.join(tmpdir(), 'sagaline-zookeeper-'))
  const processes = await startProcesses(options, folder, data, databases)
  return {
    kind: 'eventuate',
    measure: async (order) => {
      const before = await readCounts(parts, databases)
      const started = await countOrders(databases)
      const load = loadOf(processes.order, order)
      const figures = await measure(order, load, () => ({
        ...partsOf(parts),
        zookeeper: [processes.zookeeper.pid],
        cdc: [processes.cdc.pid],
        payments: [processes.payment.pid],
        'orders, saga, load': [processes.order.pid],
      }))
      const sagas = (await countOrders(databases)) - started
      const after = await readCounts(parts, databases)
      return {
        ...{ engine: 'eventuate', ...figures, batches: {} },
        perSaga: perSaga(before, after, sagas),
      }
    },
    disagreements: () => countPeerDisagreements(databases),
    stop: async () => {
      for (const one of [processes.order, processes.payment, processes.cdc]) await one.stop()
      await processes.zookeeper.stop()
      await rm(data, { recursive: true, force: true })
    },
  }
}

async function createDatabase(parts: LocalParts, folder: string, name: string): Promise<string> {
  const url = await parts.createDatabase(name)
  const schema = await readFile(path.join(folder, 'schema.sql'), 'utf8')
  const statements = schema.replace(/^--.*$/gm, '').split(';')
  await onDatabase(url, async (db) => {
    for (const statement of statements) if (statement.trim() !== '') await db.query(statement)
  })
  return url
}

async function startProcesses(
  { parts }: EngineOptions,
  folder: string,
  data: string,
  databases: PeerDatabases,
): Promise<Processes> {
  const [zookeeperPort = 0, cdcPort = 0] = await freePorts(2)
  const java = (given: {
    readonly name: string
    readonly project: 'cdc' | 'services'
    readonly heap: string
    readonly main: readonly string[]
    readonly env?: Readonly<Record<string, string>>
    readonly readyLine: string | null
  }) =>
    PeerProcess.start({
      name: given.name,
      command: 'java',
      args: [
        ...[`-Xmx${given.heap}`, '-XX:+UseSerialGC', '-cp'],
        `${given.project}/target/*:${given.project}/target/lib/*`,
        ...given.main,
      ],
      cwd: folder,
      env: given.env ?? {},
      readyLine: given.readyLine,
    })
  const zookeeper = await java({
    ...{ name: 'zookeeper', project: 'cdc', heap: '64m', readyLine: null },
    main: ['org.apache.zookeeper.server.ZooKeeperServerMain', String(zookeeperPort), data],
  })
  const brokers = parts.kafka.brokers.join(',')
  const cdc = await java({
    ...{ name: 'cdc', project: 'cdc', heap: '256m', readyLine: 'CDC READY' },
    main: ['peer.cdc.CdcMain'],
    env: cdcSettings({ brokers, zookeeperPort, port: cdcPort, databases }),
  })
  const payment = await java({
    ...{ name: 'payment', project: 'services', heap: '384m', readyLine: 'PAYMENT READY' },
    main: ['peer.PaymentServiceMain'],
    env: serviceSettings({ brokers, url: databases.payments, mac: '2' }),
  })
  const order = await java({
    ...{ name: 'order', project: 'services', heap: '384m', readyLine: 'ORDER READY' },
    main: ['peer.OrderServiceMain'],
    env: serviceSettings({ brokers, url: databases.orders, mac: '1' }),
  })
  return { zookeeper, cdc, payment, order }
}

/** The load is in the order service, told by lines. */
function loadOf(order: PeerProcess, { inFlight, warmUpMs, measureMs }: LoadOrder): Load {
  const measuring = order.line('START', warmUpMs + drainMsMax)
  const over = order.line('END', warmUpMs + measureMs + drainMsMax)
  const told = order.line('RESULT ', warmUpMs + measureMs + 2 * drainMsMax)
  order.write(`RUN ${inFlight} ${warmUpMs / 1_000} ${measureMs / 1_000}`)
  const drained = told.then((line) => JSON.parse(line.slice('RESULT '.length)) as JavaResult)
  // Its figures come when all have ended; the window is over before.
  const measured = Promise.all([over, drained]).then(([, result]) => resultOf(result))
  return { pids: [], measuring, over, measured, drained }
}

type JavaResult = {
  readonly sagas: number
  readonly seconds: number
  readonly p50_ms: number
  readonly p99_ms: number
  readonly undrained: number
}

function resultOf(result: JavaResult): LoadResult {
  return {
    type: 'measured',
    ended: result.sagas,
    seconds: result.seconds,
    failed: result.undrained,
    p50Ms: result.p50_ms,
    p99Ms: result.p99_ms,
  }
}
