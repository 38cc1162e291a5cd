// The place of a log line among those of its saga, as a text: its id, and the cursor of pages.
import { orchestratorError } from '../errors.ts'
import type { LogPlace } from '../store/saga-logs.ts'

const form = /^(\d{1,15})\.(\d{1,16})\.(-?\d{1,19})$/

export function logLineId({ at, keptUs, digest }: LogPlace): string {
  return `${at.getTime()}.${keptUs}.${digest}`
}

/** @throws CURSOR_INVALID for everything that `logLineId` did not make. */
export function readLogLineId(id: string): LogPlace {
  const [, ms, keptUs, digest] = form.exec(id) ?? []
  if (digest === undefined) throw orchestratorError('CURSOR_INVALID')
  const place = { at: new Date(Number(ms)), keptUs: Number(keptUs), digest: BigInt(digest) }
  if (logLineId(place) !== id || BigInt.asIntN(64, place.digest) !== place.digest) {
    throw orchestratorError('CURSOR_INVALID')
  }
  return place
}

/** Before all lines of that time. */
export function before(at: Date): LogPlace {
  return { at, keptUs: 0, digest: 0n }
}
