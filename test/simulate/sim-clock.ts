// The clock of a simulated process: virtual time, waits that are steps, ids and chance by the seed.
// The wall clock may be off; the steady one never is.
import type { Clock } from '../../messaging/clock.ts'
import type { Owner } from './owner.ts'
import type { Random } from './random.ts'
import type { Schedule } from './scheduler.ts'

/** When every run begins. */
export const epochMs = Date.parse('2026-01-01T00:00:00Z')

export function createSimClock(given: {
  readonly schedule: Schedule
  readonly owner: Owner
  readonly random: Random
}): Clock {
  const { schedule, owner, random } = given
  let ids = 0
  const wallMs = () => epochMs + Math.floor(schedule.nowMs) + owner.skewMs
  return {
    now: () => new Date(wallMs()),
    monotonicMs: () => schedule.nowMs,
    wait: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve()
        const end = () => {
          step.isDropped = true
          signal?.removeEventListener('abort', end)
          resolve()
        }
        const step = schedule.after(owner, ms, 'wait', end)
        signal?.addEventListener('abort', end)
      }),
    random: () => random.next(),
    newId: () => {
      ids = (ids + 1) % 0x1000
      const time = wallMs().toString(16).padStart(12, '0')
      const variant = `8${random.hex(3)}`
      const count = ids.toString(16).padStart(3, '0')
      return `${time.slice(0, 8)}-${time.slice(8)}-7${count}-${variant}-${random.hex(12)}`
    },
    newSecret: () =>
      `${random.hex(8)}-${random.hex(4)}-4${random.hex(3)}-8${random.hex(3)}-${random.hex(12)}`,
  }
}
