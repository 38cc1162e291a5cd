/** Tokens of an identity provider: only those that it signed, for us, now. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { realClock } from '../../messaging/clock.ts'
import { JwtLogin } from '../../orchestrator/http/access/jwt-login.ts'

const issuer = 'https://login.example.org/'
const audience = 'sagaline'
const own = await generateKeyPair('ES256')
const strange = await generateKeyPair('ES256')
const kid = 'key-1'
const jwk = { ...(await exportJWK(own.publicKey)), kid, alg: 'ES256' }
const nowS = Math.floor(Date.now() / 1_000)

let status = 200
let fetches = 0
let server: Server
let jwksUrl = ''

beforeAll(async () => {
  server = createServer((_, response) => {
    fetches += 1
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ keys: [jwk] }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`
})

afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const loginHere = (clock = realClock) =>
  new JwtLogin({ jwksUrl, issuer, audience, rolesClaim: 'roles' }, clock)

const claims = {
  iss: issuer,
  aud: audience,
  sub: 'ann',
  exp: nowS + 600,
  roles: ['operator:place-order', 'offline_access', 7],
}

function sign(changes: object = {}, key = own.privateKey, header: object = {}): Promise<string> {
  const payload = { ...claims, ...changes }
  return new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid, ...header }).sign(key)
}

describe('a token', () => {
  it('logs in with the roles of its claim', async () => {
    expect(await loginHere().logIn(await sign())).toEqual({
      name: 'jwt:ann',
      grants: [{ role: 'operator', saga: 'place-order' }],
    })
  })

  it('without the claim logs in without a role', async () => {
    const grants = (await loginHere().logIn(await sign({ roles: undefined })))?.grants
    expect(grants).toEqual([])
  })

  it.each([
    ['of another issuer', { iss: 'https://else.example.org/' }],
    ['for somebody else', { aud: 'shop' }],
    ['for nobody', { aud: undefined }],
    ['that has expired', { exp: nowS - 60 }],
    ['that never expires', { exp: undefined }],
    ['that does not count yet', { nbf: nowS + 60 }],
    ['of nobody', { sub: undefined }],
    ['of an empty name', { sub: '' }],
  ])('%s does not log in', async (_, changes) => {
    expect(await loginHere().logIn(await sign(changes))).toBeNull()
  })

  it('that somebody else signed does not log in', async () => {
    expect(await loginHere().logIn(await sign({}, strange.privateKey))).toBeNull()
  })

  it('that nobody signed does not log in', async () => {
    expect(await loginHere().logIn(new UnsecuredJWT(claims).encode())).toBeNull()
  })

  it('that is signed with the public key as a shared secret does not log in', async () => {
    const secret = new TextEncoder().encode(JSON.stringify(jwk))
    const token = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid }).sign(secret)
    expect(await loginHere().logIn(token)).toBeNull()
  })

  it('that brings its own key does not log in', async () => {
    const header = { jwk: await exportJWK(strange.publicKey), kid: undefined }
    expect(await loginHere().logIn(await sign({}, strange.privateKey, header))).toBeNull()
  })

  it('that was changed does not log in', async () => {
    const [head, , signature] = (await sign()).split('.')
    const body = Buffer.from(JSON.stringify({ ...claims, roles: ['admin:*'] }))
    const token = [head, body.toString('base64url'), signature].join('.')
    expect(await loginHere().logIn(token)).toBeNull()
  })

  it.each(['', 'a', 'a.b.c', '..', 'ey.ey.ey'])('%j is none', async (text) => {
    expect(await loginHere().logIn(text)).toBeNull()
  })
})

describe('the keys of the provider', () => {
  it('are fetched once, however many tokens name others', async () => {
    const login = loginHere()
    fetches = 0
    const header = { kid: '../../etc/passwd' }
    for (let n = 0; n < 20; n += 1) {
      expect(await login.logIn(await sign({}, own.privateKey, header))).toBeNull()
    }
    expect(await login.logIn(await sign())).not.toBeNull()
    expect(fetches).toBe(1)
  })

  it('that cannot be fetched are asked for again after a pause', async () => {
    let nowMs = 10_000
    const login = loginHere({ ...realClock, monotonicMs: () => nowMs })
    fetches = 0
    status = 500
    const token = await sign()
    for (let n = 0; n < 5; n += 1) {
      await expect(login.logIn(token)).rejects.toMatchObject({ code: 'LOGIN_UNAVAILABLE' })
    }
    expect(fetches).toBe(1)
    status = 200
    nowMs += 2_000
    expect(await login.logIn(token)).not.toBeNull()
  })

  it('are not looked for where a redirect points', async () => {
    status = 302
    await expect(loginHere().logIn(await sign())).rejects.toMatchObject({
      code: 'LOGIN_UNAVAILABLE',
    })
    status = 200
  })
})
