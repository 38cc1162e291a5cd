// What every Bus must do, whatever carries it. Run against the memory bus and a real Kafka.
import { describe, test } from 'vitest'
import type { Bus } from '../../messaging/bus.ts'
import { openBusWorld, slowMs } from './bus-world.ts'
import { deliveryCases } from './delivery-cases.ts'
import { groupCases } from './group-cases.ts'
import { publishCases } from './publish-cases.ts'

/** `connect` makes a started client; several stand for several processes. */
export function describeBus(name: string, connect: () => Promise<Bus>): void {
  describe(name, { timeout: slowMs }, () => {
    for (const { name: promise, run } of [...deliveryCases, ...groupCases, ...publishCases]) {
      test(promise, async () => {
        const world = await openBusWorld(connect)
        try {
          await run(world)
        } finally {
          await world.stop()
        }
      })
    }
  })
}
