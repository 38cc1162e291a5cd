// What is known of the server's time, whatever its answers took.
import { beforeEach, expect, it } from 'vitest'
import { DbClock } from '../../orchestrator/coordinator/db-clock.ts'

const hourMs = 3_600_000

let steadyMs: number
let clock: DbClock

/** The server said so in the middle of the time that the answer took. */
function hear(serverMs: number, tookMs: number): void {
  const mark = clock.mark()
  steadyMs += tookMs
  clock.observe(serverMs, mark)
}

beforeEach(() => {
  steadyMs = 0
  clock = new DbClock({ monotonicMs: () => steadyMs })
  hear(hourMs, 0)
})

it('an answer that took long does not set it back', () => {
  hear(hourMs + 10, 3_000)
  expect(clock.now()).toBe(hourMs + 3_000)
})

it('an answer that proves it late sets it forward', () => {
  hear(hourMs + 500, 20)
  expect(clock.now()).toBe(hourMs + 500)
})

it('a server that was set back is believed', () => {
  steadyMs = 1_000
  expect(clock.now()).toBe(hourMs + 1_000)
  hear(0, 5)
  expect(clock.now()).toBe(0)
})

it('drift between the clocks makes no time come twice', () => {
  steadyMs = 10_000
  const before = clock.now()
  hear(hourMs + 9_950, 5)
  expect(clock.now()).toBe(before)
  steadyMs += 100
  expect(clock.now()).toBe(hourMs + 10_050)
})
