// The contract of a bus, held by the simulated one, while its steps come in real time.
import { realClock } from '../../../messaging/clock.ts'
import { silentLog } from '../../../messaging/log.ts'
import { describeBus } from '../../conformance/bus-suite.ts'
import { Owner } from '../owner.ts'
import { Random } from '../random.ts'
import type { Schedule } from '../scheduler.ts'
import { epochMs } from '../sim-clock.ts'
import { SimBroker } from './sim-broker.ts'

const realSchedule: Schedule = {
  get nowMs() {
    return Date.now() - epochMs
  },
  after: (owner, delayMs, label, run) => {
    const step = { atMs: 0, order: 0, owner, label, run, isDropped: false }
    setTimeout(() => {
      if (!step.isDropped) run()
    }, delayMs)
    return step
  },
}

const broker = new SimBroker({
  network: {
    schedule: realSchedule,
    random: new Random(1),
    faults: { happens: () => false },
    broker: new Owner('broker'),
  },
  watch: {
    onShared: () => undefined,
    onBreach: (problem) => {
      throw new Error(problem)
    },
  },
})

describeBus('the simulated bus', async () => {
  const bus = broker.connect({ owner: new Owner('client'), clock: realClock, log: silentLog })
  await bus.start()
  return bus
})
