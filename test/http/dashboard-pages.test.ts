// The dashboard's files over HTTP: the page at every path that is a view, files that never change
// kept for ever, nothing else from the disk, and a policy that lets nothing foreign in.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { appWith } from './fake-edge.ts'
import { guardedApp } from './login-as.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'dashboard-'))
mkdirSync(path.join(folder, 'assets'))
writeFileSync(path.join(folder, 'index.html'), '<!doctype html><title>the page</title>')
writeFileSync(path.join(folder, 'assets', 'app-1a2b.js'), 'plain()')
writeFileSync(path.join(folder, 'assets', 'app-1a2b.js.gz'), gzipSync('packed()'))
writeFileSync(path.join(folder, 'secret.txt'), 'secret')
afterAll(() => rmSync(folder, { recursive: true }))

const app = await appWith({}, {}, folder)

describe('the dashboard', () => {
  it.each([
    '/dashboard/',
    '/dashboard/sagas',
    '/dashboard/sagas/some-id?x=1',
    '/dashboard/secret.txt',
  ])('answers %s with its page', async (url) => {
    const { statusCode, headers, body } = await app.inject({ url })
    expect([statusCode, headers['cache-control']]).toEqual([200, 'no-cache'])
    expect(headers['content-type']).toContain('text/html')
    expect(body).toContain('the page')
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/)
    expect(headers['content-security-policy']).not.toContain('unsafe')
    expect(headers['x-content-type-options']).toBe('nosniff')
  })

  it('gives files with a hash in their names to be kept, compressed where that is taken', async () => {
    const url = '/dashboard/assets/app-1a2b.js'
    const plain = await app.inject({ url })
    expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect(plain.body).toBe('plain()')
    const packed = await app.inject({ url, headers: { 'accept-encoding': 'gzip' } })
    expect(packed.headers['content-encoding']).toBe('gzip')
    expect(packed.headers['content-type']).toContain('javascript')
  })

  it.each(['/dashboard/assets/no.js', '/dashboard/assets/..%2fsecret.txt', '/dashboard/assets/'])(
    'has nothing at %s',
    async (url) => {
      const response = await app.inject({ url })
      expect([response.statusCode, response.json()['code']]).toEqual([404, 'ROUTE_NOT_FOUND'])
    },
  )

  it.each(['/', '/dashboard'])('is where %s leads', async (url) => {
    const { statusCode, headers } = await app.inject({ url })
    expect([statusCode, headers.location]).toEqual([302, '/dashboard/'])
  })

  it('says how to build it where it was not', async () => {
    const response = await (await appWith({}, {}, '/nowhere')).inject({ url: '/dashboard/' })
    expect([response.statusCode, response.json()['code']]).toEqual([404, 'DASHBOARD_MISSING'])
  })

  it('is open to everybody: what it shows it asks for with the key of whoever looks', async () => {
    const { app: guarded } = await guardedApp()
    expect((await guarded.inject({ url: '/dashboard' })).statusCode).toBe(302)
  })
})
