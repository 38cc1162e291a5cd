// How a certificate, or a breach with its messages, is told: in words, and as JSON.
import { isUtf8 } from 'node:buffer'
import { breachTable } from '../../certify/breaches.ts'
import type { Breach, Certificate } from '../../certify/certify.ts'
import type { Spoken } from '../../certify/wire.ts'
import type { Screen } from '../command.ts'
import { type Cell, paintFor, plain, tableText } from '../paint.ts'

/** Of one value; the rest is counted. */
const shownBytesMax = 2_000

const control = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u

/** Text where it is one and harmless to a terminal, else hex; null and empty by name. */
export function bytesText(bytes: Buffer | null): string {
  if (bytes === null) return '(null)'
  if (bytes.length === 0) return '(empty)'
  const shown = bytes.subarray(0, shownBytesMax)
  const text = isUtf8(shown) && !control.test(String(shown)) ? String(shown) : hex(shown)
  const left = bytes.length - shown.length
  return left === 0 ? text : `${text} … and ${left} bytes more`
}

function hex(bytes: Buffer): string {
  return `hex ${bytes.toString('hex').replace(/../g, '$& ').trim()}`
}

export function certificateText(certificate: Certificate, screen: Screen): string {
  const { service, topic, checks, breach, isEffectSeen, repliesReceived } = certificate
  const paint = paintFor(screen)
  const rows = checks.map(({ command, check, verdict, says, reason }): readonly Cell[] => {
    const isPassed = verdict === 'passed'
    const mark: Cell = isPassed ? { text: '✓', colour: 'green' } : { text: '-', colour: 'dim' }
    return [mark, command, check, isPassed ? says : `skipped: ${reason}`]
  })
  const table = rows.length === 0 ? [] : [tableText([], rows, screen), '']
  const passed = checks.filter(({ verdict }) => verdict === 'passed').length
  const who = `${service === null ? 'the participant' : plain(service)} on ${topic}`
  if (breach !== null) {
    return [
      ...table,
      ...breachLines(breach, paint),
      paint('red', `${who} breaks the protocol`),
    ].join('\n')
  }
  const counts = `${passed} checks passed, ${checks.length - passed} skipped, ${repliesReceived} replies`
  const sql = isEffectSeen ? 'effects seen by SQL' : 'effects not seen: no --sql was given'
  return [...table, paint('green', `${who} keeps the protocol: ${counts}; ${sql}`)].join('\n')
}

function breachLines(breach: Breach, paint: ReturnType<typeof paintFor>): readonly string[] {
  const { name, command, check, detail, messages } = breach
  const { means, leadsTo } = breachTable[name]
  return [
    paint('red', `✗ ${name}, found by ${check} of ${command}`),
    `  ${means}`,
    `  ${plain(detail)}`,
    `  What it leads to: ${leadsTo}`,
    '',
    ...messages.flatMap(messageLines),
    '',
  ]
}

function messageLines(spoken: Spoken): readonly string[] {
  const { way, atMs, topic, partition, offset, key, headers, value } = spoken
  const place = `${topic}[${partition}]${offset === null ? '' : `@${offset}`}`
  return [
    `  ${way === 'sent' ? '→' : '←'} ${way} ${atMs} ms, ${place}`,
    `      key: ${bytesText(key)}`,
    ...Object.entries(headers).map(([name, bytes]) => `      ${plain(name)}: ${bytesText(bytes)}`),
    `      value: ${bytesText(value)}`,
  ]
}

/** The bytes of messages are there twice: to be read, and as they are, in base64. */
export function certificateJson(certificate: Certificate): unknown {
  const { breach, ...rest } = certificate
  const verdict = breach === null ? 'certified' : 'breached'
  if (breach === null) return { verdict, ...rest, breach }
  const messages = breach.messages.map(({ key, value, headers, ...spoken }) => ({
    ...spoken,
    key: bytesJson(key),
    headers: Object.entries(headers).map(([name, bytes]) => ({ name, ...bytesJson(bytes) })),
    value: bytesJson(value),
  }))
  return { verdict, ...rest, breach: { ...breach, ...breachTable[breach.name], messages } }
}

function bytesJson(bytes: Buffer | null) {
  return bytes === null ? null : { text: bytesText(bytes), base64: bytes.toString('base64') }
}
