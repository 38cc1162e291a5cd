// The migrate step of a service, run by its `main.ts migrate`: brings the database to the newest
// schema and creates the topics that are missing. Any number may run at once.
import { databaseUrlOf, migrate } from '../../participant/index.ts'
import { migrationsOf, openBus, type ServiceParts, withParts } from './service-parts.ts'

/** A read model can be rebuilt from what is still there. */
const keptForEver = { 'retention.ms': '-1' }

/** Resolves when all is there; ends the process with 1 when it cannot be. */
export function prepare(make: () => ServiceParts): Promise<void> {
  return withParts(make, async (parts, { log }) => {
    const { config, participant, eventTopics } = parts
    await migrate({ url: databaseUrlOf(config), sets: migrationsOf(parts), log })
    const bus = openBus(parts, log)
    await bus.start()
    const { topicPartitions: partitions, topicReplicationFactor: replicationFactor } = config
    const names = [...new Set([...participant.topics, ...eventTopics])]
    await bus.ensureTopics(
      names.map((name) => ({
        ...{ name, partitions, replicationFactor },
        settings: eventTopics.includes(name) ? keptForEver : {},
      })),
    )
    await bus.stop()
    log.info('service.migrated', { topics: names })
  })
}
