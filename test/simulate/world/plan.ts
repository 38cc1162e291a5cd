// What each saga of a run is and what its client does with it: by the seed and the saga's number
// alone, so that a run with fewer sagas has the same ones.
import type { Json } from '../../../messaging/message.ts'
import { Random } from '../random.ts'

export type Plan = {
  readonly number: number
  readonly saga: string
  readonly key: string
  readonly input: Json
  readonly arrivesAtMs: number
  readonly isByTopic: boolean
  /** Asked for again under the same key. */
  readonly isRepeated: boolean
  /** Asked for under the same key with another input. */
  readonly isReused: boolean
  /** When the signal that it waits for comes, after its start. */
  readonly signalAfterMs: number | null
  readonly isSignalByTopic: boolean
  readonly verb: 'cancel' | 'pause' | 'terminate' | null
  readonly verbAfterMs: number
  readonly startsLaterMs: number | null
}

/** How often each saga comes, in parts of their sum. */
const shares: readonly (readonly [string, number])[] = [
  ['place-order', 55],
  ['trip', 12],
  ['article', 9],
  ['locked', 8],
  ['family', 8],
  ['impatient', 8],
]

const sum = shares.reduce((total, [, share]) => total + share, 0)
const locks = ['first', 'second', 'both', 'third']
const refusals = ['car', 'hotel', 'flight', 'seat', 'book', 'draft', 'part', 'wrap', 'fast', 'slow']
const refusedMax = 100_000

export function planOf(seed: number, number: number, windowMs: number): Plan {
  const random = new Random(seed, `saga ${number}`)
  const saga = pickSaga(random)
  const key = `s${number}`
  return {
    number,
    saga,
    key,
    input: saga === 'place-order' ? order(random, key) : work(random, key),
    arrivesAtMs: random.between(0, windowMs),
    isByTopic: random.chance(0.1),
    isRepeated: random.chance(0.08),
    isReused: random.chance(0.02),
    signalAfterMs: saga === 'article' && random.chance(0.8) ? random.between(0, 6_000) : null,
    isSignalByTopic: random.chance(0.3),
    verb: random.chance(0.06)
      ? random.pick(['cancel', 'cancel', 'cancel', 'pause', 'terminate'])
      : null,
    verbAfterMs: random.chance(0.7) ? random.between(0, 60) : random.between(0, 4_000),
    startsLaterMs: random.chance(0.03) ? random.between(100, 3_000) : null,
  }
}

function pickSaga(random: Random): string {
  let at = random.between(0, sum)
  for (const [saga, share] of shares) {
    at -= share
    if (at < 0) return saga
  }
  return 'place-order'
}

function order(random: Random, key: string): Json {
  const kind = random.next()
  const items = kind < 0.03 ? [] : [{ sku: kind < 0.06 ? 'unavailable' : 'pen', quantity: 1 }]
  const amount = kind > 0.95 ? refusedMax + 1 : 1 + random.below(refusedMax)
  const plain = { customerId: key, amount, items }
  return kind > 0.85 && kind < 0.95 ? { ...plain, declinePayment: true } : plain
}

function work(random: Random, key: string): Json {
  const refuses = random.chance(0.25) ? [random.pick(refusals)] : []
  return { name: key, refuses, lock: random.pick(locks) }
}
