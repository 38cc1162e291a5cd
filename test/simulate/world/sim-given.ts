// What the parts of a simulated world share.
import type { SimBroker } from '../bus/sim-broker.ts'
import type { Faults } from '../faults.ts'
import type { Owner } from '../owner.ts'
import type { Random } from '../random.ts'
import type { Scheduler } from '../scheduler.ts'
import type { SimServer } from '../store/sim-seam.ts'
import type { Story } from '../story.ts'
import type { SimOutside } from './sim-outside.ts'

export type SimGiven = {
  readonly seed: number
  readonly scheduler: Scheduler
  readonly faults: Faults
  readonly story: Story
  readonly broker: SimBroker
  readonly server: SimServer
  /** For latencies and other durations. */
  readonly random: Random
  /** Steps of the database's are waited for by these. */
  readonly owners: Map<string, Owner>
  readonly brokenUndos: { untilMs: number }
  /** Has some of the work of the works service done. */
  readonly outside: SimOutside
}
