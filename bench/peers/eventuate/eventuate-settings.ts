// The settings of Eventuate's processes, as environment variables; each that differs from its
// default was found to matter when its best configuration was looked for.
import type { PeerDatabases } from '../peer-databases.ts'

const pollingMs = '2'

const quiet = { LOGGING_LEVEL_ROOT: 'WARN', SPRING_MAIN_BANNER_MODE: 'off' }

function jdbc(url: string) {
  const { host, pathname, username, password } = new URL(url)
  return { url: `jdbc:postgresql://${host}${pathname}`, username, password: password || 'none' }
}

export function cdcSettings(given: {
  readonly brokers: string
  readonly zookeeperPort: number
  readonly port: number
  readonly databases: PeerDatabases
}): Readonly<Record<string, string>> {
  const readers = [given.databases.orders, given.databases.payments].map((database, at) => {
    const { url, username, password } = jdbc(database)
    const number = at + 1
    const reader = `EVENTUATE_CDC_READER_R${number}_`
    return {
      [`${reader}TYPE`]: 'polling',
      // 500 ms by default.
      [`${reader}POLLINGINTERVALINMILLISECONDS`]: pollingMs,
      [`${reader}DATASOURCEURL`]: url,
      [`${reader}DATASOURCEUSERNAME`]: username,
      [`${reader}DATASOURCEPASSWORD`]: password,
      [`${reader}DATASOURCEDRIVERCLASSNAME`]: 'org.postgresql.Driver',
      [`${reader}LEADERSHIPLOCKPATH`]: `/eventuatelocal/cdc/leader/pipeline/${number}`,
      [`${reader}OUTBOXID`]: String(number),
      [`EVENTUATE_CDC_PIPELINE_P${number}_TYPE`]: 'eventuate-tram',
      [`EVENTUATE_CDC_PIPELINE_P${number}_READER`]: `R${number}`,
    }
  })
  return {
    ...quiet,
    EVENTUATELOCAL_KAFKA_BOOTSTRAP_SERVERS: given.brokers,
    EVENTUATELOCAL_ZOOKEEPER_CONNECTION_STRING: `127.0.0.1:${given.zookeeperPort}`,
    SERVER_PORT: String(given.port),
    SERVER_ADDRESS: '127.0.0.1',
    EVENTUATE_CDC_KAFKA_ENABLE_BATCH_PROCESSING: 'false',
    ...Object.assign({}, ...readers),
  }
}

export function serviceSettings(given: {
  readonly brokers: string
  readonly url: string
  readonly mac: string
}): Readonly<Record<string, string>> {
  const { url, username, password } = jdbc(given.url)
  return {
    ...quiet,
    EVENTUATELOCAL_KAFKA_BOOTSTRAP_SERVERS: given.brokers,
    // Ids of messages are made of it: two services of one host with the same one lose messages.
    EVENTUATE_MAC_ADDRESS: given.mac,
    SPRING_DATASOURCE_URL: url,
    SPRING_DATASOURCE_USERNAME: username,
    SPRING_DATASOURCE_PASSWORD: password,
    SPRING_DATASOURCE_DRIVER_CLASS_NAME: 'org.postgresql.Driver',
    SPRING_DATASOURCE_HIKARI_MAXIMUM_POOL_SIZE: '24',
    PEER_FLAVOUR: 'messages',
    PEER_STARTERS: '8',
  }
}
