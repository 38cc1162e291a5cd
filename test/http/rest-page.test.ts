/** The curl lines of docs/rest.md, as somebody would paste them, against the real edge. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, it } from 'vitest'
import { createHttpServer } from '../../orchestrator/http/http-server.ts'
import { fakeEdge, sagaId } from './fake-edge.ts'

const run = promisify(execFile)
const page = readFileSync(path.join(import.meta.dirname, '../../docs/rest.md'), 'utf8')
const blocks = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text]) => text ?? '')
const lines = blocks
  .flatMap((block) => block.replaceAll('\\\n', '').trim().split('\n'))
  .filter((line) => line.startsWith('curl'))

const edge = fakeEdge({ start: async () => ({ id: sagaId, isNew: true }) })
const server = createHttpServer(edge, { host: '127.0.0.1', port: 0 })
const { url } = await server.start()
afterAll(() => server.stop())

it('the page has lines to paste', () => {
  expect(lines.length).toBeGreaterThan(6)
})

it.each(lines)('%s', async (line) => {
  const status = `${line} -w '\\n%{http_code}'`
  const env = { ...process.env, URL: url, SAGA: sagaId }
  // A stream is ended by curl's own limit.
  const { stdout } = await run('bash', ['-c', `${status} || true`], { env })
  expect(stdout.trim()).toMatch(/\n20[02]$/)
})

it('the stream says where it stands', async () => {
  const line = lines.find((one) => one.includes('/events')) ?? ''
  const { stdout } = await run('bash', ['-c', `${line} || true`], {
    env: { ...process.env, URL: url },
  })
  expect(stdout).toContain('event: ready')
})
