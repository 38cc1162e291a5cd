// The settings of REST's login and limits, to be spread into the fields of `config.ts`, and what
// the HTTP edge is told of them.
import { isIP } from 'node:net'
import {
  type Config,
  type ConfigField,
  parseInteger,
  parseOneOf,
  parseText,
  parseUrl,
} from '../messaging/config.ts'
import { isLoopback, type LoginOptions } from './http/access/login.ts'
import type { HttpLimits } from './http/http-options.ts'

const auths = ['none', 'trusted-network', 'keys', 'jwt', 'keys,jwt'] as const
const rateMax = 1_000_000

const field = <T>(options: ConfigField<T>): ConfigField<T> => options

export const accessFields = {
  auth: field<(typeof auths)[number]>({
    env: 'AUTH',
    parse: parseOneOf(...auths),
    default: 'none',
    why: 'The login of REST: `keys`, `jwt` or `keys,jwt`; `none` is for loopback only; with `trusted-network` everybody who reaches the port may do everything.',
  }),
  jwtIssuer: field({
    env: 'JWT_ISSUER',
    parse: parseText,
    default: '',
    why: 'The identity provider: what `iss` of its tokens must be.',
  }),
  jwtAudience: field({
    env: 'JWT_AUDIENCE',
    parse: parseText,
    default: '',
    why: 'What `aud` of a token must be, so that tokens for others are worth nothing here.',
  }),
  jwtJwksUrl: field({
    env: 'JWT_JWKS_URL',
    parse: parseProviderUrl,
    default: '',
    why: 'Where the identity provider publishes the keys that it signs with; https.',
  }),
  jwtRolesClaim: field({
    env: 'JWT_ROLES_CLAIM',
    parse: parseText,
    default: 'sagaline_roles',
    why: 'The claim that lists the roles, each as `operator:place-order` or `viewer:*`.',
  }),
  trustedProxies: field<readonly string[]>({
    env: 'TRUSTED_PROXIES',
    parse: parseAddresses,
    default: [],
    why: 'Addresses of proxies whose `X-Forwarded-For` is believed, separated by commas.',
  }),
  requestsMax: field({
    env: 'REST_REQUESTS_MAX',
    parse: parseInteger(0, rateMax),
    default: 2_000,
    unit: 'requests/s',
    why: 'Of one address; 0 is no limit. With `AUTH=none` none of these four counts.',
  }),
  startsMax: field({
    env: 'REST_STARTS_MAX',
    parse: parseInteger(0, rateMax),
    default: 1_000,
    unit: 'requests/s',
    why: 'Starts and signals of one caller; 0 is no limit.',
  }),
  verbsMax: field({
    env: 'REST_VERBS_MAX',
    parse: parseInteger(0, rateMax),
    default: 50,
    unit: 'requests/s',
    why: 'Verbs and migrations of one caller; 0 is no limit.',
  }),
  readsMax: field({
    env: 'REST_READS_MAX',
    parse: parseInteger(0, rateMax),
    default: 200,
    unit: 'requests/s',
    why: 'Reads of one caller; 0 is no limit.',
  }),
}

type AccessConfig = Config<typeof accessFields>

/** What the HTTP edge is told. */
export function accessOptions(
  config: AccessConfig,
): Partial<HttpLimits> & { readonly login: LoginOptions } {
  const login = loginOf(config)
  if (login === 'none') return { login }
  const { trustedProxies, requestsMax, startsMax, verbsMax, readsMax } = config
  return { login, trustedProxies, requestsMax, startsMax, verbsMax, readsMax }
}

function loginOf({ auth, ...config }: AccessConfig): LoginOptions {
  if (auth === 'none' || auth === 'trusted-network') return auth
  const { jwtIssuer: issuer, jwtAudience: audience } = config
  const { jwtJwksUrl: jwksUrl, jwtRolesClaim: rolesClaim } = config
  const jwt = auth === 'keys' ? null : { issuer, audience, jwksUrl, rolesClaim }
  return { keys: auth !== 'jwt', jwt }
}

/** What is missing for tokens to be checked, or null. */
export function jwtProblem({ auth, ...config }: AccessConfig): string | null {
  if (!auth.includes('jwt')) return null
  const isComplete = [config.jwtIssuer, config.jwtAudience, config.jwtJwksUrl].every(Boolean)
  return isComplete ? null : 'AUTH jwt takes JWT_ISSUER, JWT_AUDIENCE and JWT_JWKS_URL'
}

/** Whoever can answer in its place can make tokens, so it takes TLS, except on loopback. */
function parseProviderUrl(text: string): string {
  const { protocol, hostname } = new URL(parseUrl('https', 'http')(text))
  if (protocol === 'https:' || isLoopback(hostname)) return text
  throw new Error('must start with https://')
}

function parseAddresses(text: string): readonly string[] {
  const addresses = text.split(',').map((part) => part.trim())
  if (addresses.every((address) => isIP(address) !== 0)) return Object.freeze(addresses)
  throw new Error('must be a list of IP addresses')
}
