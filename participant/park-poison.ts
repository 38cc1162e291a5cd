// Parks records for a person to look at, so that they hold up nobody. Called by the participant.
import type { IncomingRecord } from '../messaging/bus.ts'
import { isSensitiveCommand } from '../messaging/contract.ts'
import type { Db } from '../messaging/db.ts'
import { park } from '../messaging/dead-letters.ts'
import type { Log } from '../messaging/log.ts'
import type { Poison, Receiving } from './intake.ts'

export type ParkDeps = Omit<Receiving, 'takenAtMs'> & { readonly db: Db; readonly log: Log }

export async function parkPoison(deps: ParkDeps, poison: readonly Poison[]): Promise<void> {
  const { db, log, service } = deps
  for (const { record, error } of poison) {
    const { topic, partition, offset } = record
    log.error('participant.record.parked', { topic, partition, offset: String(offset), error })
  }
  await park(
    db,
    poison.map(({ record, error }) => ({
      record,
      consumer: service,
      code: error.code,
      reason: error.message,
      isSensitive: mayBeSensitive(deps, record),
    })),
  )
}

/** Of what is no command of this service nobody knows; where there are keys there are secrets. */
function mayBeSensitive({ handlers, cipher }: ParkDeps, { headers }: IncomingRecord): boolean {
  const handler = handlers.get(String(headers['ce_type'] ?? ''))
  return handler === undefined ? cipher.hasKeys : isSensitiveCommand(handler.contract)
}
