// A consumer that has gone silent is noticed, a broker that is away is forgiven.
import { expect, test } from 'vitest'
import { Watchdog } from '../../messaging/kafka/watchdog.ts'
import { createInstantClock } from './instant-clock.ts'

function createWorld(brokerProblem: () => string | null) {
  const clock = createInstantClock()
  const silences: number[] = []
  const watchdog: Watchdog = new Watchdog({
    silenceMsMax: 30_000,
    graceMs: 15_000,
    clock,
    brokerProblem: async () => brokerProblem(),
    onSilent: (silentMs) => {
      silences.push(silentMs)
      void watchdog.stop()
    },
  })
  return { clock, silences, watchdog }
}

const turns = async (count: number) => {
  for (let at = 0; at < count; at += 1) await new Promise((resolve) => setImmediate(resolve))
}

test('a consumer without heartbeats is lost when the broker answers', async () => {
  const { silences, watchdog } = createWorld(() => null)
  watchdog.start()
  await turns(100)
  expect(silences).toHaveLength(1)
  expect(silences[0]).toBeGreaterThan(30_000)
  await watchdog.stop()
})

test('while the broker is away nothing is lost', async () => {
  const { silences, watchdog, clock } = createWorld(() => 'gone')
  watchdog.start()
  await turns(100)
  expect(clock.monotonicMs()).toBeGreaterThan(60_000)
  expect(silences).toEqual([])
  await watchdog.stop()
})

test('a consumer has time to find back after the broker', async () => {
  let isAway = true
  const { silences, watchdog, clock } = createWorld(() => (isAway ? 'gone' : null))
  watchdog.start()
  await turns(50)
  isAway = false
  const backAt = clock.monotonicMs()
  while (silences.length === 0) await turns(1)
  expect(clock.monotonicMs() - backAt).toBeGreaterThanOrEqual(15_000)
})

test('heartbeats keep it quiet', async () => {
  const { silences, watchdog } = createWorld(() => null)
  watchdog.start()
  for (let at = 0; at < 50; at += 1) {
    watchdog.alive()
    await turns(2)
  }
  expect(silences).toEqual([])
  await watchdog.stop()
})
