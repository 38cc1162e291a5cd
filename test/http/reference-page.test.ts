/** The reference page: there for everybody, from this server alone, and without a saga of it. */
import { describe, expect, it } from 'vitest'
import { appWith } from './fake-edge.ts'
import { guardedApp } from './login-as.ts'

describe('the reference page', () => {
  it('is a page of its own files, which browsers may use and no others', async () => {
    const { app } = await guardedApp()
    const page = await app.inject({ url: '/docs/' })
    expect([page.statusCode, page.headers['content-type']]).toEqual([
      200,
      expect.stringContaining('text/html'),
    ])
    expect(page.body).not.toMatch(/https?:\/\/(?!www\.w3\.org)/)
    expect(page.headers['content-security-policy']).toContain("script-src 'self';")
    const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file)
    expect(files.length).toBeGreaterThan(3)
    for (const file of files) {
      const url = `/docs/${String(file).replace(/^\.\//, '')}`
      expect([url, (await app.inject({ url })).statusCode]).toEqual([url, 200])
    }
  })

  it('shows the whole document where nobody logs in', async () => {
    const app = await appWith()
    const shown = (await app.inject({ url: '/docs/json' })).json()
    expect(shown).toEqual((await app.inject({ url: '/openapi.json' })).json())
    expect(shown.paths).toHaveProperty('/sagas/send-parcel')
  })

  it('shows strangers no saga of this installation', async () => {
    const { app } = await guardedApp()
    for (const url of ['/docs/json', '/docs/yaml']) {
      const { body, statusCode } = await app.inject({ url })
      expect(statusCode).toBe(200)
      expect(body).toContain('/bulk-jobs')
      expect(body).not.toMatch(/send-parcel|SendParcel/)
    }
  })

  it('gives out nothing but its files', async () => {
    const { app } = await guardedApp()
    for (const url of ['/docs/static/..%2f..%2fpackage.json', '/docs/static/no.js']) {
      const { statusCode } = await app.inject({ url })
      expect(statusCode).toBeGreaterThanOrEqual(400)
      expect(statusCode).toBeLessThan(500)
    }
  })

  it('changes nothing of the headers of other answers', async () => {
    const { headers } = await (await appWith()).inject({ url: '/openapi.json' })
    expect(headers['content-security-policy']).toBe("default-src 'none'; frame-ancestors 'none'")
  })
})
