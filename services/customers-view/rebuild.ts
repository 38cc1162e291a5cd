// `node services/customers-view/main.ts rebuild`: builds the view anew from the beginning of its
// topics while it goes on serving, and ends once the new one has taken its place.
import { generationsOf, realClock, startOver } from '../../participant/index.ts'
import { serviceError } from '../errors.ts'
import { openDatabase, type ServiceParts, withParts } from '../shared/service-parts.ts'
import { consumer } from './order-rows.ts'

const lookMs = 250
/** Longer, and a person should look what the service says of it. */
const rebuildMsMax = 60 * 60_000

/** Ends the process with 1 when it is not there in time. Some process of the view must run. */
export function rebuild(make: () => ServiceParts): Promise<void> {
  return withParts(make, async (parts, { log }) => {
    const db = openDatabase(parts, log)
    const startedAt = realClock.monotonicMs()
    const elapsedMs = () => Math.round(realClock.monotonicMs() - startedAt)
    try {
      const generation = await startOver(db, consumer)
      log.info('view.rebuild.began', { generation })
      const isServing = async () =>
        (await generationsOf(db, consumer)).some((one) => {
          return one.generation >= generation && one.state === 'serving'
        })
      while (!(await isServing())) {
        if (elapsedMs() > rebuildMsMax) throw serviceError('REBUILD_LATE', { generation })
        await realClock.wait(lookMs)
      }
      log.info('view.rebuild.served', { generation, tookMs: elapsedMs() })
    } finally {
      await db.stop()
    }
  })
}
