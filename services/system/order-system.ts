// The whole order system on given Kafka and Postgres: a database each for the orchestrator, both
// services and, where it is wanted, the view of customers' orders; each a process. Demo, tests and
// bench start it here.
import type { LocalParts } from '../../local/local-parts.ts'
import { type ProcessOptions, SystemProcess } from './system-process.ts'

export type OrderSystemOptions = {
  readonly parts: Pick<LocalParts, 'createDatabase'> & {
    readonly kafka: { readonly brokers: readonly string[] }
  }
  /** Told in single lines what is going on. */
  readonly report: (line: string) => void
  /** Begins the databases' names, so that several systems can share one Postgres. */
  readonly prefix?: string
  /** Settings for every process, e.g. STEP_TIMEOUT_MS. */
  readonly environment?: Readonly<Record<string, string>>
  /** Settings of the payment service beside those. */
  readonly paymentsEnvironment?: Readonly<Record<string, string>>
  /** Told of every log line, with the process that wrote it. */
  readonly onLine?: (name: string, line: string) => void
  readonly orchestrators?: number
  readonly paymentServices?: number
  /** Where the view of customers' orders is to answer; there is none when left out. */
  readonly viewPort?: number
  /** Aborted while the system is starting: what runs of it is stopped and the start rejects. */
  readonly signal?: AbortSignal
}

export type OrderSystem = {
  readonly orchestrators: readonly SystemProcess[]
  readonly orders: SystemProcess
  readonly payments: readonly SystemProcess[]
  /** Where REST answers: the first orchestrator. */
  readonly url: string
  readonly databases: Readonly<Record<'sagas' | 'orders' | 'payments', string>>
  readonly view: CustomersView | null
  /** Ends every process; Kafka and Postgres stay. */
  stop(): Promise<void>
}

export type CustomersView = {
  readonly process: SystemProcess
  /** Where it answers over REST. */
  readonly url: string
  readonly database: string
}

/**
 * As in docker-compose.yml and the chart: nothing of a participant lives for long, so a small young heap
 * takes less memory, and at most loads less CPU (docs/performance.md).
 */
export const participantFlags: readonly string[] = ['--max-semi-space-size=16']

export async function startOrderSystem(options: OrderSystemOptions): Promise<OrderSystem> {
  const { parts, report, prefix = '', signal } = options
  const create = (name: string) => parts.createDatabase(`${prefix}${name}`)
  const [sagas, orders, payments] = await Promise.all([
    create('sagas'),
    create('orders'),
    create('payments'),
  ])
  const databases = { sagas, orders, payments }
  const viewDatabase = options.viewPort === undefined ? null : await create('customers_view')
  const system = makeProcesses(options, { ...databases, view: viewDatabase })
  const views = system.view === null ? [] : [system.view.process]
  const all = [...system.orchestrators, system.orders, ...system.payments, ...views]
  const stop = async () => {
    await Promise.all(all.map((process) => process.stop()))
  }
  const onAbort = () => void stop()
  signal?.addEventListener('abort', onAbort)
  try {
    signal?.throwIfAborted()
    report('migrating the databases and creating topics')
    await Promise.all([
      system.orchestrators[0]?.run('migrate'),
      system.orders.run('migrate'),
      system.payments[0]?.run('migrate'),
      ...views.map((view) => view.run('migrate')),
    ])
    signal?.throwIfAborted()
    report(`starting ${all.map(({ name }) => name).join(', ')}`)
    await Promise.all(all.map((process) => process.start()))
  } catch (error) {
    await stop()
    throw error
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
  return { ...system, databases, url: system.orchestrators[0]?.url ?? '', stop }
}

function makeProcesses(
  options: OrderSystemOptions,
  databases: OrderSystem['databases'] & { readonly view: string | null },
) {
  const { parts, environment, onLine, orchestrators = 1, paymentServices = 1 } = options
  const shared = { KAFKA_BROKERS: parts.kafka.brokers.join(','), ...environment }
  const make = (process: Omit<ProcessOptions, 'onLine'>) =>
    new SystemProcess({
      ...process,
      environment: { ...shared, ...process.environment },
      onLine: (line) => onLine?.(process.name, line),
    })
  const many = (count: number, name: string, makeOne: (name: string) => SystemProcess) =>
    Array.from({ length: count }, (_, i) => makeOne(i === 0 ? name : `${name}-${i + 1}`))
  return {
    orchestrators: many(orchestrators, 'orchestrator', (name) =>
      make({
        ...{ name, program: 'orchestrator/main.ts' },
        environment: {
          DATABASE_URL: databases.sagas,
          SAGALINE_DEFINITIONS: 'services/place-order/saga.ts',
          PORT: '0',
        },
      }),
    ),
    view: makeView(options.viewPort, databases.view, (own) =>
      make({
        ...{ name: 'customers-view', program: 'services/customers-view/main.ts' },
        environment: own,
      }),
    ),
    orders: make({
      ...{ name: 'orders', program: 'services/orders/main.ts', nodeFlags: participantFlags },
      environment: { DATABASE_URL: databases.orders },
    }),
    payments: many(paymentServices, 'payments', (name) =>
      make({
        ...{ name, program: 'services/payments/main.ts', nodeFlags: participantFlags },
        environment: { DATABASE_URL: databases.payments, ...options.paymentsEnvironment },
      }),
    ),
  }
}

function makeView(
  port: number | undefined,
  database: string | null,
  make: (own: Readonly<Record<string, string>>) => SystemProcess,
): CustomersView | null {
  if (port === undefined || database === null) return null
  const process = make({ DATABASE_URL: database, HEALTH_PORT: `${port}` })
  return { process, url: `http://127.0.0.1:${port}`, database }
}
