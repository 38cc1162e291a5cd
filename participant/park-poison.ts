// Parks records for a person to look at, so that they hold up nobody. Called by the participant.
import type { Db } from '../messaging/db.ts'
import { park } from '../messaging/dead-letters.ts'
import type { Log } from '../messaging/log.ts'
import type { Poison } from './intake.ts'

export type ParkDeps = { readonly db: Db; readonly log: Log; readonly service: string }

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
    })),
  )
}
