/**
 * Kafka and Postgres in containers, for machines with a Docker engine; testcontainers stops them
 * when this process ends, however that happens. Docker publishes their ports on all addresses of
 * the machine, not only on loopback. Called by local-kafka.ts and local-postgres.ts.
 */
import { freePorts } from './free-ports.ts'
import { brokerSettings, kafkaVersion } from './kafka-settings.ts'
import { postgresFlags } from './postgres-flags.ts'
import { type Report, seconds, stillWorking } from './report.ts'

const kafkaImage = `apache/kafka:${kafkaVersion}`
const postgresImage = 'postgres:18'
const startLimitMs = 5 * 60_000

export type ContainerPart = {
  /** host:port for Kafka, a URL for Postgres. */
  readonly address: string
  readonly stop: () => Promise<void>
}

export function startKafkaContainer(report: Report): Promise<ContainerPart> {
  return told(report, `kafka: container ${kafkaImage}`, async () => {
    const { GenericContainer, Wait } = await import('testcontainers')
    // The port must be known before the start: the broker tells clients where to find it.
    const [port = 0] = await freePorts(1)
    const controllerPort = port === 9093 ? 9094 : 9093
    const settings = brokerSettings({
      nodeId: 1,
      clientHost: 'localhost',
      clientPort: port,
      listenHost: '0.0.0.0',
      voters: [`1@127.0.0.1:${controllerPort}`],
      controllerPort,
    })
    const started = await new GenericContainer(kafkaImage)
      .withExposedPorts({ container: port, host: port })
      .withEnvironment(asEnvironment(settings))
      .withWaitStrategy(Wait.forLogMessage('Kafka Server started'))
      .withStartupTimeout(startLimitMs)
      .start()
    return { address: `${started.getHost()}:${port}`, stop: stopping(started) }
  })
}

export function startPostgresContainer(report: Report): Promise<ContainerPart> {
  return told(report, `postgres: container ${postgresImage}`, async () => {
    const { PostgreSqlContainer } = await import('@testcontainers/postgresql')
    const started = await new PostgreSqlContainer(postgresImage)
      .withDatabase('postgres')
      .withCommand(['postgres', ...postgresFlags])
      .withStartupTimeout(startLimitMs)
      .start()
    return { address: started.getConnectionUri(), stop: stopping(started) }
  })
}

async function told(
  report: Report,
  what: string,
  start: () => Promise<ContainerPart>,
): Promise<ContainerPart> {
  const startedAt = performance.now()
  report(`${what}: starting; the first time its image is fetched`)
  const quiet = stillWorking(report, `${what}: still starting`)
  try {
    const part = await start()
    report(`${what} in ${seconds(startedAt)}`)
    return part
  } finally {
    clearInterval(quiet)
  }
}

function stopping(container: { readonly stop: () => Promise<unknown> }): () => Promise<void> {
  return async () => {
    await container.stop()
  }
}

/** The image reads `a.b.c` from KAFKA_A_B_C. */
function asEnvironment(settings: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(settings).map(([key, value]) => {
    return [`KAFKA_${key.toUpperCase().replaceAll('.', '_')}`, value]
  })
  return Object.fromEntries(entries)
}
