// Load without a break while parts of the system are replaced one by one, and what became of it: how
// many orders, the slowest of them, and what the starts were told meanwhile.
import type { AnsweredStart } from './audit.ts'
import type { OrderWorld } from './order-world.ts'
import { placeOrders } from './place-orders.ts'

export type RollingLoad = {
  readonly starts: readonly AnsweredStart[]
  /** Codes of the answers 503, after each of which the start was made again. */
  readonly later: ReadonlyMap<string, number>
  /** No order ended for so long. */
  readonly longestPauseMs: number
}

export type RollingLoadOptions = {
  readonly world: OrderWorld
  readonly inFlight: number
  /** Orders that must have ended before, and must end after what is done. */
  readonly around: number
  readonly limitMs: number
  readonly roll: () => Promise<void>
}

const declineEvery = 10

/** Resolves when every order has ended and nothing is on its way any more. */
export async function loadWhile(options: RollingLoadOptions): Promise<RollingLoad> {
  const { world, inFlight, around, limitMs, roll } = options
  const later = new Map<string, number>()
  let ended = 0
  let lastEndMs = performance.now()
  let longestPauseMs = 0
  let rolling: Promise<void> | null = null
  let overAt = Number.POSITIVE_INFINITY
  const starts = await placeOrders({
    ...{ client: world.client, inFlight, declineEvery, prefix: 'rolled', limitMs },
    count: Number.MAX_SAFE_INTEGER,
    isOver: () => ended >= overAt,
    onLater: ({ body }) => {
      const code = String(body['code'])
      later.set(code, (later.get(code) ?? 0) + 1)
    },
    onEnded: () => {
      ended += 1
      const nowMs = performance.now()
      longestPauseMs = Math.max(longestPauseMs, nowMs - lastEndMs)
      lastEndMs = nowMs
      if (ended < around) return
      rolling ??= roll().finally(() => {
        overAt = ended + around
      })
      // Whoever awaits it is told later.
      rolling.catch(() => undefined)
    },
  })
  await rolling
  await world.awaitQuiet()
  return { starts, later, longestPauseMs: Math.round(longestPauseMs) }
}
