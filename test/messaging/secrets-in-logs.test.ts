// Canaries: secrets are put wherever they could come from, and no line of the log has them.
import { expect, test } from 'vitest'
import { secretHider } from '../../messaging/hide-secrets.ts'
import { createLog } from '../../messaging/log.ts'
import { orchestratorError } from '../../orchestrator/errors.ts'
import { makeApiKey, writeApiKey } from '../../orchestrator/http/access/api-key.ts'

const canary = 'canary-"7f\\3a'
const jwt = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl'
const apiKey = writeApiKey(makeApiKey())

function linesOf(log: (logger: ReturnType<typeof createLog>) => void, secrets = [canary]): string {
  const lines: string[] = []
  log(createLog({ name: 'x', level: 'debug', secrets, write: (line) => lines.push(line) }))
  return lines.join('')
}

test('a secret that the program has is in no line, wherever it turns up', () => {
  const shown = linesOf((log) => {
    const cause = new Error(`no login with ${canary}`)
    const error = new Error(`failed: ${encodeURIComponent(canary)}`, { cause })
    log.error('postgres.connection.lost', { error })
    log.warn('kafka.note', { nested: { deep: [canary] }, [canary]: 1 })
    log.info(canary)
    log.error('http.failed', { error: orchestratorError('INTERNAL', { requestId: canary }, cause) })
  })
  expect(shown.split('\n').filter(Boolean)).toHaveLength(4)
  expect(shown).toContain('postgres.connection.lost')
  expect(shown).not.toMatch(/canary/)
})

test.each([
  ['the password of a URL', 'postgres://app:p4ss/w@rd:1@db.example:5432/sagas', 'p4ss'],
  ['a bearer token', 'authorization: Bearer c2VjcmV0LXRva2Vu', 'c2VjcmV0'],
  ['a basic login', 'Authorization: Basic YWRtaW46c2VjcmV0', 'YWRtaW4'],
  ['an API key', `got ${apiKey} twice`, apiKey.slice(20)],
  ['a JSON Web Token', `token ${jwt} refused`, 'eyJzdWIi'],
  ['a password in an object', JSON.stringify({ password: 'hunter2!' }), 'hunter2'],
  ['a password in a query', 'https://a.example/?user=a&password=hunter2&x=1', 'hunter2'],
  ['a private key', '-----BEGIN PRIVATE KEY-----\\nMIIEvQ\\n-----END PRIVATE KEY-----', 'MIIEvQ'],
])('%s is recognised by its looks', (_, text, secret) => {
  const shown = linesOf((log) => log.info('x', { error: new Error(text), text }), [])
  expect(shown).not.toContain(secret)
  expect(shown).toContain('***')
})

test('lines without secrets stay as they are, and stay JSON', () => {
  const fields = { sagaId: '0198c5a0-0000-7000-8000-000000000001', url: 'http://127.0.0.1:3000' }
  const line = linesOf((log) => log.info('orchestrator.ready', fields))
  expect(JSON.parse(line)).toMatchObject({ msg: 'orchestrator.ready', ...fields })
  const hidden = linesOf((log) => log.info('x', { text: `${canary} postgres://a:b@c "quoted"` }))
  expect(JSON.parse(hidden)).toMatchObject({ text: '*** postgres://a:***@c "quoted"' })
})

test('short texts are no secrets, or half of all words would go', () => {
  expect(secretHider(['a', 'saga'])('a saga')).toBe('a saga')
})
