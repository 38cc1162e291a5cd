/** What the tests of local parts share: bare parts whatever the environment says, and waiting. */
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type LocalConfig, readLocalConfig } from '../../local/config.ts'
import {
  type LocalParts,
  type LocalPartsOptions,
  startLocalParts,
} from '../../local/local-parts.ts'

/** The first start on a machine fetches Kafka. */
export const startLimitMs = 10 * 60_000
export const testLimitMs = 3 * 60_000

const waitLimitMs = 60_000
const pollMs = 50

export function bareConfig(): LocalConfig {
  const given = { kafkaBrokers: undefined, databaseUrl: undefined }
  return { ...readLocalConfig(), ...given, prefer: 'bare' }
}

export function startBareParts(
  options: Pick<LocalPartsOptions, 'brokers' | 'isForLoad'> = {},
): Promise<LocalParts> {
  return startLocalParts({ ...options, report: () => {}, config: bareConfig() })
}

export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let waitedMs = 0; waitedMs < waitLimitMs; waitedMs += pollMs) {
    if (await isSo()) return
    await sleep(pollMs)
  }
  throw new Error(`not within ${waitLimitMs} ms: ${what}`)
}

export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
