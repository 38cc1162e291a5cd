// Who may log in to REST, and how: by API keys, by tokens of an identity provider, by both, or
// nobody at all. Put together by `orchestrator.ts`, called for each request by `guard.ts`.
import type { Clock } from '../../../messaging/clock.ts'
import { isTransientDbError } from '../../../messaging/db.ts'
import { orchestratorError } from '../../errors.ts'
import type { UsableKey } from '../../store/api-keys.ts'
import { keyMark } from './api-key.ts'
import { JwtLogin, type JwtOptions } from './jwt-login.ts'
import { KeyLogin } from './key-login.ts'
import type { Principal } from './principal.ts'

/**
 * none: everybody who reaches the port may do everything, so it must be on loopback.
 * trusted-network: the same on any address, since something else keeps strangers away.
 */
export type LoginOptions =
  | 'none'
  | 'trusted-network'
  | { readonly keys: boolean; readonly jwt: JwtOptions | null }

/** Null for a token that nobody has. @throws LOGIN_UNAVAILABLE when that cannot be told. */
export type LogIn = (token: string) => Promise<Principal | null>

/** Null where nobody logs in. */
export function createLogin(
  options: LoginOptions,
  findKey: (prefix: string) => Promise<UsableKey | null>,
  clock: Clock,
): LogIn | null {
  if (options === 'none' || options === 'trusted-network') return null
  const keys = options.keys ? new KeyLogin(findKey, clock) : null
  const jwt = options.jwt === null ? null : new JwtLogin(options.jwt, clock)
  return async (token) => {
    const way = token.startsWith(keyMark) ? keys : jwt
    return (await way?.logIn(token).catch(toUnavailable)) ?? null
  }
}

function toUnavailable(error: unknown): never {
  throw isTransientDbError(error) ? orchestratorError('LOGIN_UNAVAILABLE', {}, error) : error
}

const loopback = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/

export function isLoopback(host: string): boolean {
  return loopback.test(host)
}

/** @throws LOGIN_MISSING when other machines could reach REST without a login. */
export function refuseOpenHost(host: string, login: LoginOptions): void {
  if (login === 'none' && !isLoopback(host)) throw orchestratorError('LOGIN_MISSING', { host })
}
