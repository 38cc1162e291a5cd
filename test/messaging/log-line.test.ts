// The fields of a log line on its topic: what is taken of pino's lines and of everybody else's.
import { expect, it } from 'vitest'
import { createLog } from '../../messaging/log.ts'
import { logLineOf, readLogLine } from '../../messaging/log-line.ts'

const sagaId = '0198c5a0-0000-7000-8000-000000000001'
const traceId = '0af7651916cd43dd8448eb211c80319c'
const line = {
  ...{ time: '2030-01-31T09:00:00.005Z', level: 'warn', service: 'payments', sagaId, traceId },
  ...{ step: 'takePayment', message: 'payment.slow', error: { code: 'SLOW', message: 'too slow' } },
}
const read = (value: unknown) =>
  readLogLine(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)))

it('of a line of pino are those, and nothing else that it has', () => {
  const lines: string[] = []
  const log = createLog({
    ...{ name: 'payments', level: 'info', secrets: ['hunter22'] },
    write: () => undefined,
    copyTo: (text) => void lines.push(text),
  })
  const error = Object.assign(new Error('for hunter22'), { code: 'SLOW' })
  log.warn('payment.slow', { sagaId, step: 'takePayment', traceId, error, card: '4111' })
  log.debug('payment.seen', { sagaId })
  const [first, ...others] = lines.map((text) => logLineOf(text))
  const { time, ...fields } = first ?? {}
  const { time: _, ...expected } = { ...line, error: { code: 'SLOW', message: 'for ***' } }
  expect([fields, others]).toEqual([expected, []])
  expect(time).toMatch(/^\d{4}-\d\d-\d\dT/)
})

it('of everybody else are read as they were written, and what does not fit is left out', () => {
  expect(read({ ...line, pid: 7 })).toEqual(line)
  expect(read({ ...line, time: '2030-01-31T10:00:00.005123+01:00' })).toEqual(line)
  const { error: _, step: __, traceId: ___, sagaId: ____, ...least } = line
  const odd = { error: 7, step: '', traceId: 'x', sagaId: 'x' }
  expect(read({ ...least, ...odd })).toEqual(least)
  expect(read({ ...least, error: 'no\0t' })).toEqual({ ...least, error: { message: 'no t' } })
  expect(read({ ...least, message: 'a'.repeat(5_000) })?.message).toHaveLength(2_000)
})

it.each([
  ...['', 'null', '7', '[]', '{"time":"2030-01-31T09:00:00Z"}'],
  ...[
    { ...line, level: 'loud' },
    { ...line, time: 'now' },
    { ...line, message: 7 },
  ],
])('%j is no line', (value) => {
  expect(read(value)).toBeNull()
  expect(logLineOf(typeof value === 'string' ? value : '')).toBeNull()
})
