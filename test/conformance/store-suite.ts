// What a store must do for the product to be right: transactions, locks, failures, notifications.
// Run against real Postgres and the simulated one.
import { describe, test } from 'vitest'
import { storeFailureCases } from './store-failure-cases.ts'
import { storeLockCases } from './store-lock-cases.ts'
import { storeTransactionCases } from './store-transaction-cases.ts'
import type { StoreLimits, StoreWorld } from './store-world.ts'

/** So that nobody gives up while a case looks and goes on; those that are about limits have their own. */
const patient: StoreLimits = { lockTimeoutMs: 60_000, statementTimeoutMs: 60_000 }

export function describeStore(
  name: string,
  open: (limits: StoreLimits) => Promise<StoreWorld>,
): void {
  describe(name, () => {
    const cases = [...storeTransactionCases, ...storeLockCases, ...storeFailureCases]
    for (const { name: promise, limits = {}, run } of cases) {
      test(promise, async () => {
        const world = await open({ ...patient, ...limits })
        try {
          await run(world)
        } finally {
          await world.stop()
        }
      })
    }
  })
}
