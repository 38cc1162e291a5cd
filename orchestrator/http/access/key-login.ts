// Logs in by an API key. What the database says of a prefix is believed for a few seconds, so that
// requests of one program do not each ask it; a revoked key works no longer than that.
import type { Clock } from '../../../messaging/clock.ts'
import type { UsableKey } from '../../store/api-keys.ts'
import { isSecretOf, readApiKey } from './api-key.ts'
import { type Principal, readGrant } from './principal.ts'

/** How long a revoked or expired key may still work, and a new one may not yet. */
export const keyBelievedMs = 5_000
/** Prefixes remembered at once; beyond it the oldest are forgotten and asked for again. */
const keysMax = 10_000

type Known = { readonly key: Promise<UsableKey | null>; readonly untilMs: number }

/** Compared with when there is no such key, so that it takes as long. */
const noHash = Buffer.alloc(32)

export class KeyLogin {
  readonly #find: (prefix: string) => Promise<UsableKey | null>
  readonly #clock: Clock
  readonly #known = new Map<string, Known>()

  constructor(find: (prefix: string) => Promise<UsableKey | null>, clock: Clock) {
    this.#find = find
    this.#clock = clock
  }

  /** Null for whatever is not a key in use. Rejects when the database does not answer. */
  async logIn(token: string): Promise<Principal | null> {
    const given = readApiKey(token)
    if (given === null) return null
    const key = await this.#keyAt(given.prefix)
    const isRight = isSecretOf(key?.secretHash ?? noHash, given.secret)
    if (key === null || !isRight) return null
    const grants = key.roles.flatMap((text) => readGrant(text) ?? [])
    return { name: `key:${key.name}`, grants }
  }

  #keyAt(prefix: string): Promise<UsableKey | null> {
    const now = this.#clock.monotonicMs()
    const known = this.#known.get(prefix)
    if (known !== undefined && known.untilMs > now) return known.key
    const key = this.#find(prefix)
    this.#known.delete(prefix)
    this.#known.set(prefix, { key, untilMs: now + keyBelievedMs })
    if (this.#known.size > keysMax) this.#forgetOldest()
    // What the database did not answer is no answer.
    key.catch(() => this.#known.delete(prefix))
    return key
  }

  #forgetOldest(): void {
    for (const prefix of this.#known.keys()) {
      this.#known.delete(prefix)
      return
    }
  }
}
