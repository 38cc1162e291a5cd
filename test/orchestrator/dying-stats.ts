// What follows the events in an orchestrator, as a process of its own, which dies by SIGKILL around
// the commit of a batch: `before-commit` or `after-commit`, the offsets of Kafka being unmarked.
import { noKeys } from '../../messaging/cipher.ts'
import { realClock } from '../../messaging/clock.ts'
import { type Db, openDb } from '../../messaging/db.ts'
import { createKafkaBus } from '../../messaging/kafka/kafka-bus.ts'
import { silentLog } from '../../messaging/log.ts'
import { createRegistry } from '../../orchestrator/definition/registry.ts'
import { Follower } from '../../orchestrator/follow/follower.ts'
import { createRowCipher } from '../../orchestrator/store/row-cipher.ts'

const [, , point = '', brokers = '', url = ''] = process.argv

const die = () => process.kill(process.pid, 'SIGKILL')

/** A killed member must not keep its partitions for longer than the test takes. */
const bus = createKafkaBus({
  brokers: brokers.split(','),
  clientId: 'dying',
  log: silentLog,
  onFatal: die,
  sessionTimeoutMs: 1_000,
  heartbeatIntervalMs: 200,
})
const db = openDb({ url, applicationName: 'dying', connectionsMax: 4 })

const dying: Db = {
  ...db,
  transaction: async (work) => {
    const result = await db.transaction(async (tx) => {
      const done = await work(tx)
      if (point === 'before-commit') die()
      return done
    })
    if (point === 'after-commit') die()
    return result
  },
}

// It is not meant to outlive its test.
process.on('disconnect', () => process.exit(1))
await bus.start()
const rows = createRowCipher(createRegistry([]), noKeys)
new Follower({ bus, db: dying, rows, clock: realClock, log: silentLog }).start()
