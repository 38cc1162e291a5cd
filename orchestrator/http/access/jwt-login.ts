// Logs in by a JSON Web Token that an identity provider signed. Keys come from one configured
// address only, whatever the token says of itself. The only home of jose.
import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose'
import type { Clock } from '../../../messaging/clock.ts'
import { orchestratorError } from '../../errors.ts'
import { type Principal, readGrant } from './principal.ts'

export type JwtOptions = {
  /** Where the provider publishes its keys. */
  readonly jwksUrl: string
  /** What `iss` must be. */
  readonly issuer: string
  /** What `aud` must be, or hold. */
  readonly audience: string
  /** The claim with a list of `role:saga`; what is none of them is passed over. */
  readonly rolesClaim: string
}

/** Signatures of a private key only: a public key can never pass for a shared secret. */
const algorithms = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA']
/** How far the clocks of provider and server may be apart. */
const clockToleranceS = 5
/** Keys are fetched again after this, and for an unknown `kid` no more often than the pause. */
const jwksKeptMs = 600_000
const jwksPauseMs = 30_000
const jwksTimeoutMs = 5_000
/** After a failure nobody asks again for so long, however many tokens come. */
const jwksFailurePauseMs = 2_000
/** Longer names are cut in the audit. */
const nameLengthMax = 200

export class JwtLogin {
  readonly #keys: JWTVerifyGetKey
  readonly #verify: JWTVerifyOptions
  readonly #rolesClaim: string

  constructor({ jwksUrl, issuer, audience, rolesClaim }: JwtOptions, clock: Clock) {
    this.#keys = createRemoteJWKSet(new URL(jwksUrl), {
      cacheMaxAge: jwksKeptMs,
      cooldownDuration: jwksPauseMs,
      timeoutDuration: jwksTimeoutMs,
      [customFetch]: pausingFetch(clock),
    })
    const requiredClaims = ['exp', 'sub']
    this.#verify = { issuer, audience, algorithms, requiredClaims, clockTolerance: clockToleranceS }
    this.#rolesClaim = rolesClaim
  }

  /** Null for a token that does not count. @throws LOGIN_UNAVAILABLE when keys cannot be fetched. */
  async logIn(token: string): Promise<Principal | null> {
    const payload = await this.#payloadOf(token)
    if (payload === null || typeof payload.sub !== 'string' || payload.sub === '') return null
    const claimed = payload[this.#rolesClaim]
    const texts: readonly unknown[] = Array.isArray(claimed) ? claimed : []
    const grants = texts.flatMap((text) =>
      typeof text === 'string' ? (readGrant(text) ?? []) : [],
    )
    return { name: `jwt:${payload.sub.replaceAll('\0', '')}`.slice(0, nameLengthMax), grants }
  }

  async #payloadOf(token: string): Promise<JWTPayload | null> {
    try {
      return (await jwtVerify(token, this.#keys, this.#verify)).payload
    } catch (error) {
      if (isOfToken(error)) return null
      throw orchestratorError('LOGIN_UNAVAILABLE', {}, error)
    }
  }
}

function pausingFetch(clock: Clock): FetchImplementation {
  let pausedUntilMs = 0
  return async (url, options) => {
    if (clock.monotonicMs() < pausedUntilMs) throw new Error('it failed a moment ago')
    pausedUntilMs = clock.monotonicMs() + jwksFailurePauseMs
    const response = await fetch(url, options)
    if (response.ok) pausedUntilMs = 0
    return response
  }
}

/** Else it is trouble with the provider. */
function isOfToken(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return false
  // A failed fetch is an error without a code of its own, or this plain one.
  return error instanceof errors.JOSEError && error.code !== 'ERR_JOSE_GENERIC'
}
