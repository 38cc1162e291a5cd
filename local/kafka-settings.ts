/**
 * The settings of a local Kafka broker, the same for processes and containers. Each differs from
 * the broker's default for a reason given here. Called by bare-kafka.ts and container-kafka.ts.
 */
export const kafkaVersion = '4.4.0'

export type BrokerPlace = {
  readonly nodeId: number
  /** Where clients dial. */
  readonly clientHost: string
  readonly clientPort: number
  /** Where it listens for clients; controllers listen on loopback. */
  readonly listenHost: string
  /** Every node's controller as `id@host:port`. */
  readonly voters: readonly string[]
  readonly controllerPort: number
  /** Further listeners on loopback, each with the port that its clients are told to dial. */
  readonly ways?: readonly {
    readonly name: string
    readonly listen: number
    readonly advertised: number
  }[]
}

export function brokerSettings(place: BrokerPlace): Readonly<Record<string, string>> {
  const nodes = place.voters.length
  const replicas = `${Math.min(3, nodes)}`
  const inSyncMin = nodes >= 3 ? '2' : '1'
  const ways = place.ways ?? []
  return {
    'process.roles': 'broker,controller',
    'node.id': `${place.nodeId}`,
    'controller.quorum.voters': place.voters.join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': [
      'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
      ...ways.map(({ name }) => `${name}:PLAINTEXT`),
    ].join(','),
    listeners: [
      `PLAINTEXT://${place.listenHost}:${place.clientPort}`,
      `CONTROLLER://127.0.0.1:${place.controllerPort}`,
      ...ways.map(({ name, listen }) => `${name}://127.0.0.1:${listen}`),
    ].join(','),
    'advertised.listeners': [
      `PLAINTEXT://${place.clientHost}:${place.clientPort}`,
      ...ways.map(({ name, advertised }) => `${name}://127.0.0.1:${advertised}`),
    ].join(','),
    // A mistyped topic must fail, not create itself.
    'auto.create.topics.enable': 'false',
    // The first member of a group is served at once instead of waiting 3 s for others.
    'group.initial.rebalance.delay.ms': '0',
    // A killed member keeps its partitions for as short as a program may ask; by default 6 s at least.
    'group.min.session.timeout.ms': '1000',
    // A broker that was killed waits for its own old registration to lapse before it is back.
    // Several share one machine, and one that is only slow should not be taken for a dead one.
    'broker.session.timeout.ms': nodes >= 3 ? '4000' : '1500',
    'broker.heartbeat.interval.ms': '300',
    ...internalTopics(replicas, inSyncMin),
    'default.replication.factor': replicas,
    'min.insync.replicas': inSyncMin,
    // 128 MB by default, more than everything else together.
    'log.cleaner.dedupe.buffer.size': '2097152',
  }
}

// Three partitions instead of fifty: what the broker keeps for itself is created in a moment.
function internalTopics(replicas: string, inSyncMin: string): Readonly<Record<string, string>> {
  return {
    'offsets.topic.num.partitions': '3',
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.num.partitions': '3',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSyncMin,
    'share.coordinator.state.topic.num.partitions': '3',
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSyncMin,
  }
}
