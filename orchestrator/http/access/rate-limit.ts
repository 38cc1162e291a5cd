// Counts requests by whoever makes them, in buckets that fill again as time goes by. For the
// limits of addresses and of principals; each process counts for itself.

/** A bucket holds this many seconds' worth, so that short bursts pass. */
const burstS = 2
/** Buckets at once; beyond it the one that was used longest ago is dropped, as if it were full. */
const bucketsMax = 20_000

type Bucket = { tokens: number; atMs: number }

export class RateLimiter {
  readonly #perSecond: number
  readonly #full: number
  readonly #buckets = new Map<string, Bucket>()

  constructor(perSecondMax: number) {
    this.#perSecond = perSecondMax
    this.#full = Math.max(1, perSecondMax * burstS)
  }

  /** Answers 0, or in how many ms there would be room. Costs may leave a bucket in debt. */
  take(who: string, nowMs: number, cost = 1): number {
    if (this.#perSecond === 0) return 0
    const bucket = this.#bucketOf(who, nowMs)
    if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) / this.#perSecond) * 1_000)
    bucket.tokens = Math.max(bucket.tokens - cost, -this.#full)
    return 0
  }

  #bucketOf(who: string, nowMs: number): Bucket {
    const old = this.#buckets.get(who) ?? { tokens: this.#full, atMs: nowMs }
    const gained = ((nowMs - old.atMs) / 1_000) * this.#perSecond
    const bucket = { tokens: Math.min(this.#full, old.tokens + gained), atMs: nowMs }
    // Deleted first, so that the map is in the order of use.
    this.#buckets.delete(who)
    this.#buckets.set(who, bucket)
    if (this.#buckets.size > bucketsMax) this.#dropOldest()
    return bucket
  }

  #dropOldest(): void {
    for (const who of this.#buckets.keys()) {
      this.#buckets.delete(who)
      return
    }
  }
}

/** Of IPv6 the network: whoever has one address there has all of them. */
export function addressOf(ip: string): string {
  const v4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1]
  if (v4 !== undefined) return v4
  if (!ip.includes(':')) return ip
  const [head = '', tail] = ip.toLowerCase().split('::')
  const [front, back] = [groupsOf(head), groupsOf(tail ?? '')]
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length)
  const groups = [...front, ...Array<string>(zeros).fill('0'), ...back]
  return `${groups.slice(0, 4).join(':')}::/64`
}

const groupsOf = (text: string): readonly string[] => (text === '' ? [] : text.split(':'))
