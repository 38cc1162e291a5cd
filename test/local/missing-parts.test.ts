/** That a machine without the means, or wrong settings, get one clear sentence and no stack. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LocalConfig, readLocalConfig } from '../../local/config.ts'
import { startLocalParts } from '../../local/local-parts.ts'
import { bareConfig, startLimitMs, testLimitMs } from './bare-parts.ts'

const upScript = path.join(import.meta.dirname, '..', '..', 'local', 'up.ts')
const chaosScript = path.join(import.meta.dirname, '..', 'chaos', 'main.ts')

describe('missing parts', { timeout: startLimitMs }, () => {
  let empty: string

  beforeAll(() => {
    empty = mkdtempSync(path.join(tmpdir(), 'sagaline-test-'))
  })

  afterAll(() => rmSync(empty, { recursive: true, force: true }))

  const up = (env: Readonly<Record<string, string>>) =>
    spawnSync(process.execPath, [upScript], {
      encoding: 'utf8',
      timeout: testLimitMs,
      env: { PATH: empty, HOME: empty, XDG_CACHE_HOME: empty, TMPDIR: empty, ...env },
    })

  it('without Java and Docker say what to install', () => {
    const { status, stdout, stderr } = up({ SAGALINE_LOCAL: 'bare' })
    expect(stderr).toContain('LOCAL_KAFKA_UNAVAILABLE: No Kafka to be had: no Java was found')
    expect(stderr).toContain('KAFKA_BROKERS')
    expect(stderr).not.toMatch(/^ +at /m)
    expect(stdout).toBe('')
    expect(status).toBe(1)
  })

  // Others cannot enter the folder, as every one that mkdtemp makes.
  it.runIf(process.getuid?.() === 0)('as root with a closed TMPDIR say what to open', () => {
    const { status, stderr } = up({ SAGALINE_LOCAL: 'bare', KAFKA_BROKERS: '127.0.0.1:1' })
    expect(stderr).toMatch(
      /^LOCAL_POSTGRES_UNAVAILABLE: .* cannot enter the temporary folder .*\n$/m,
    )
    expect(stderr).toContain('Point TMPDIR at')
    expect(status).toBe(1)
  })

  it('without the Docker engine that was asked for say so', () => {
    const { status, stderr } = up({
      SAGALINE_LOCAL: 'container',
      DOCKER_HOST: `unix://${empty}/none.sock`,
    })
    expect(stderr).toMatch(/^LOCAL_KAFKA_UNAVAILABLE: .*no Docker engine answers\.\n$/)
    expect(status).toBe(1)
  })

  it('without Go say what a chaos run takes', () => {
    const env = { PATH: empty, HOME: empty, XDG_CACHE_HOME: empty, TMPDIR: empty }
    const options = { encoding: 'utf8', timeout: testLimitMs, env } as const
    const { status, stderr } = spawnSync(process.execPath, [chaosScript], options)
    expect(stderr).toMatch(/^LOCAL_TOXIPROXY_UNAVAILABLE: .* install Go 1\.19 or newer\.\n$/)
    expect(status).toBe(2)
  })

  it('without a container that starts, processes do instead', async () => {
    const dockerHost = `unix://${empty}/engine.sock`
    const engine = createServer((request, response) => {
      response.statusCode = request.url === '/_ping' ? 200 : 500
      response.end()
    })
    engine.listen(path.join(empty, 'engine.sock'))
    const lines: string[] = []
    const config: LocalConfig = { ...bareConfig(), prefer: 'auto', dockerHost }
    const parts = await startLocalParts({ report: (line) => lines.push(line), config })
    await parts.stop()
    engine.close()
    expect([parts.kafka.kind, parts.postgres.kind]).toEqual(['bare', 'bare'])
    expect(lines.join()).toMatch(/kafka: its container did not start/)
    expect(lines.join()).toMatch(/postgres: its container did not start/)
  })

  it('wrong settings are all named at once', () => {
    const env = { KAFKA_BROKERS: 'nowhere', DATABASE_URL: 'mysql://x', SAGALINE_LOCAL: 'both' }
    expect(() => readLocalConfig(env)).toThrow(/KAFKA_BROKERS.*DATABASE_URL.*SAGALINE_LOCAL/)
  })
})
