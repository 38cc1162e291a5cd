// What `--keep` prints: where everything is, and what to try.
import { curlLines } from './curl-lines.ts'
import type { Paint } from './paint.ts'

export type KeepTextOptions = {
  readonly url: string
  readonly brokers: readonly string[]
  readonly databases: Readonly<Record<'sagas' | 'orders' | 'payments', string>>
  /** A saga that exists. */
  readonly sagaId: string
  readonly paint: Paint
}

export function keepText(options: KeepTextOptions): readonly string[] {
  const { url, brokers, databases, sagaId, paint } = options
  const addresses = [
    ['REST', url],
    ['OpenAPI', `${url}/openapi.json`],
    ['Kafka', brokers.join(',')],
    ['Postgres', databases.sagas],
    ['', databases.orders],
    ['', databases.payments],
  ].map(([name = '', address = '']) => `${name.padEnd(10)}${address}`)
  const requests = curlLines(url, sagaId).flatMap(({ what, line }) => [
    '',
    paint('dim', `${what}:`),
    line,
  ])
  return ['', ...addresses, ...requests, '', 'Everything stays up until Ctrl-C.']
}
