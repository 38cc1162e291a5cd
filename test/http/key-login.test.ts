/** API keys: what they look like, who has one, and for how long a revoked one still works. */
import { describe, expect, it, vi } from 'vitest'
import { realClock } from '../../messaging/clock.ts'
import {
  hashOfSecret,
  makeApiKey,
  readApiKey,
  writeApiKey,
} from '../../orchestrator/http/access/api-key.ts'
import { KeyLogin, keyBelievedMs } from '../../orchestrator/http/access/key-login.ts'
import { createLogin } from '../../orchestrator/http/access/login.ts'
import type { UsableKey } from '../../orchestrator/store/api-keys.ts'

const key = makeApiKey()
const token = writeApiKey(key)
const row: UsableKey = {
  prefix: key.prefix,
  secretHash: hashOfSecret(key.secret),
  name: 'shop',
  roles: ['operator:place-order', 'no role', 'viewer:*'],
}

function loginWith(find: (prefix: string) => Promise<UsableKey | null>) {
  let nowMs = 0
  const clock = { ...realClock, monotonicMs: () => nowMs }
  const login = new KeyLogin(find, clock)
  const pass = (ms: number) => {
    nowMs += ms
  }
  return { login, pass }
}

const rowsBy = async (prefix: string) => (prefix === key.prefix ? row : null)

describe('a key', () => {
  it('has 256 bits that nobody can guess, and is not kept', () => {
    expect(Buffer.from(key.secret, 'hex')).toHaveLength(32)
    expect(makeApiKey().secret).not.toBe(key.secret)
    expect(JSON.stringify(row)).not.toContain(key.secret)
    expect(readApiKey(token)).toEqual(key)
  })

  it('logs in with its roles, and those that are none count for nothing', async () => {
    const { login } = loginWith(rowsBy)
    expect(await login.logIn(token)).toEqual({
      name: 'key:shop',
      grants: [
        { role: 'operator', saga: 'place-order' },
        { role: 'viewer', saga: '*' },
      ],
    })
  })

  it.each([
    ['of nobody', writeApiKey(makeApiKey())],
    ['with another secret', writeApiKey({ ...makeApiKey(), prefix: key.prefix })],
    ['in capitals', token.toUpperCase()],
    ['that is cut', token.slice(0, -1)],
    ['with more behind it', `${token}0`],
    ['without a secret', `sgl_${key.prefix}_`],
  ])('%s does not log in', async (_, wrong) => {
    const { login } = loginWith(rowsBy)
    expect(await login.logIn(wrong)).toBeNull()
  })
})

describe('what the database says', () => {
  it('is asked once for all requests of some seconds', async () => {
    const find = vi.fn(rowsBy)
    const { login, pass } = loginWith(find)
    await Promise.all([login.logIn(token), login.logIn(token)])
    pass(keyBelievedMs - 1)
    await login.logIn(token)
    expect(find).toHaveBeenCalledTimes(1)
  })

  it('counts from then on: a revoked key works no longer', async () => {
    let isRevoked = false
    const { login, pass } = loginWith(async () => (isRevoked ? null : row))
    expect(await login.logIn(token)).not.toBeNull()
    isRevoked = true
    pass(keyBelievedMs)
    expect(await login.logIn(token)).toBeNull()
  })

  it('is not remembered when it was no answer', async () => {
    const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    const find = vi.fn<typeof rowsBy>(rowsBy).mockRejectedValueOnce(away)
    const logIn = createLogin({ keys: true, jwt: null }, find, realClock)
    await expect(logIn?.(token)).rejects.toMatchObject({ code: 'LOGIN_UNAVAILABLE' })
    expect(await logIn?.(token)).not.toBeNull()
  })

  it('is remembered for so many prefixes only', async () => {
    const find = vi.fn(rowsBy)
    const { login } = loginWith(find)
    await login.logIn(token)
    for (let n = 0; n < 10_000; n += 1) {
      await login.logIn(writeApiKey({ ...key, prefix: n.toString(16).padStart(24, '0') }))
    }
    await login.logIn(token)
    expect(find).toHaveBeenCalledTimes(10_002)
  })
})

it('keys are worth nothing where only tokens log in', async () => {
  const jwt = {
    jwksUrl: 'http://127.0.0.1:9/',
    issuer: 'i',
    audience: 'a',
    rolesClaim: 'roles',
  }
  const find = vi.fn(rowsBy)
  expect(await createLogin({ keys: false, jwt }, find, realClock)?.(token)).toBeNull()
  expect(find).not.toHaveBeenCalled()
  expect(createLogin('none', find, realClock)).toBeNull()
})
