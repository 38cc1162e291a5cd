// What the statistics take of a record of `sagaline.events`, and no more: the entry that an event
// carries, most of it, is not even parsed. Pure.
import type { IncomingRecord } from '../../messaging/bus.ts'
import type { Direction, SagaId } from '../../messaging/message.ts'
import type { FactType } from '../engine/event.ts'

export type Sending = {
  readonly step: string
  readonly visit: number
  readonly direction: Direction
  readonly attempt: number
}

/** An event, and where it was. */
export type Told = {
  readonly sagaId: SagaId
  readonly type: FactType
  /** When it came to be, in ms since the epoch. */
  readonly at: number
  readonly data: ToldData
  readonly partition: number
  /** What the newest event of its partition may be set to by it: a wrong time must not pass for it. */
  readonly newestAt: number
}

/** As in `LifecycleData`. */
export type ToldData = Partial<Sending> & {
  readonly saga: { readonly name: string }
  readonly seq: number
  readonly sent?: readonly Sending[]
}

/** Longer names are none of ours. */
const nameLengthMax = 500
/** Clocks of two machines are not further apart. */
const skewMsMax = 60_000

/** Null for what is no event of this saga, or none that a saga of ours could have written. */
export function readTold(record: IncomingRecord, sagaId: SagaId): Told | null {
  const { headers, value, partition, timestamp } = record
  const type = headers['ce_type']?.toString() as FactType | undefined
  const at = Date.parse(headers['ce_time']?.toString('latin1') ?? '')
  const writtenAt = timestamp.getTime()
  // Also false when it has no time.
  if (!(at <= writtenAt + skewMsMax) || type === undefined || value === null) return null
  if (headers['ce_sagaid']?.toString('latin1') !== sagaId) return null
  const data = dataOf(value)
  if (!isToldData(data)) return null
  return { sagaId, type, at, data, partition, newestAt: Math.min(at, writtenAt) }
}

/** The entry is the last thing in an event, and within texts a quote is never bare. */
const entryMark = Buffer.from(',"entry":')

/** Undefined when it is not JSON. */
function dataOf(value: Buffer): unknown {
  const cut = value.indexOf(entryMark)
  if (cut === -1) return parse(value.toString())
  // Where it was cut inside something else, what is left is not JSON.
  return parse(`${value.toString('utf8', 0, cut)}}`) ?? parse(value.toString())
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** By hand, since it is asked for every event. */
function isToldData(data: unknown): data is ToldData {
  if (!isObject(data) || !isObject(data['saga'])) return false
  const { saga, seq, step, visit, direction, attempt, sent } = data
  return (
    isName(saga['name']) &&
    isCount(seq) &&
    (step === undefined || isName(step)) &&
    (visit === undefined || isCount(visit) || visit === 0) &&
    (direction === undefined || isDirection(direction)) &&
    (attempt === undefined || isCount(attempt) || attempt === 0) &&
    (sent === undefined || (Array.isArray(sent) && sent.every(isSending)))
  )
}

function isSending(sending: unknown): sending is Sending {
  if (!isObject(sending)) return false
  const { step, visit, direction, attempt } = sending
  return isName(step) && isCount(visit) && isDirection(direction) && isCount(attempt)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= nameLengthMax && !value.includes('\0')
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}

function isDirection(value: unknown): value is Direction {
  return value === 'do' || value === 'undo'
}
