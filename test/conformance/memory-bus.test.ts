// The contract of a bus, held by the one in memory that tests use.
import { createMemoryBroker } from '../../testing/memory-bus.ts'
import { describeBus } from './bus-suite.ts'

const broker = createMemoryBroker()

describeBus('the memory bus', async () => {
  const bus = broker.connect()
  await bus.start()
  return bus
})
