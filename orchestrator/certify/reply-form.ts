// What every reply must look like, whatever it answers: key, partition, headers, value.
import type { IncomingRecord } from '../../messaging/bus.ts'
import { decodeMessage } from '../../messaging/envelope.ts'
import type { ReplyOutcome } from '../../messaging/message.ts'
import { partitionOf } from '../../messaging/partition.ts'
import type { BreachName } from './breaches.ts'
import { type Command, idOf, nameOf } from './command-record.ts'

export type Reply = {
  readonly commandId: string
  readonly attempt: number
  readonly outcome: ReplyOutcome
  readonly data: unknown
  readonly source: string
}

export type FormProblem = { readonly breach: BreachName; readonly detail: string }

const neededHeaders = [
  ...['ce_specversion', 'content-type', 'ce_id', 'ce_source', 'ce_type', 'ce_time', 'ce_sagaid'],
  ...['ce_step', 'ce_visit', 'ce_direction', 'ce_attempt', 'ce_causationid', 'ce_outcome'],
  'traceparent',
]

type Judging = {
  readonly sagaId: string
  /** All that were sent to this saga. */
  readonly commands: readonly Command[]
  readonly partitions: number
}

export function readReply(record: IncomingRecord, judging: Judging): Reply | FormProblem {
  const { sagaId, commands, partitions } = judging
  const missing = neededHeaders.find((name) => !record.headers[name]?.length)
  if (missing !== undefined) return { breach: 'header-missing', detail: `${missing} is missing` }
  const key = record.key?.toString() ?? ''
  if (key !== sagaId) return { breach: 'key-wrong', detail: `the key is '${key}', not the saga id` }
  const partition = partitionOf(record.key, partitions)
  if (partition !== record.partition) {
    const detail = `it is in partition ${record.partition}; murmur2 of the key says ${partition}`
    return { breach: 'partition-wrong', detail }
  }
  const message = decodeMessage(record, null)
  if ('problem' in message) return { breach: 'reply-unreadable', detail: message.problem }
  const { causationId = '', attempt = 0, outcome = 'failed', data, source } = message
  const asked = commands.filter((command) => idOf(command) === causationId)
  const [first] = asked
  if (first === undefined) {
    const detail = `ce_causationid is '${causationId}'; no command of this saga has that id`
    return { breach: 'causation-wrong', detail }
  }
  const command = asked.find((one) => one.attempt === attempt)
  const wrong =
    command === undefined
      ? `ce_attempt is ${attempt}, of no sending`
      : wrongHeader(record, command, outcome)
  if (wrong !== null) return { breach: 'header-wrong', detail: wrong }
  return { commandId: causationId, attempt, outcome, data, source }
}

function wrongHeader(
  { headers }: IncomingRecord,
  command: Command,
  outcome: ReplyOutcome,
): string | null {
  const wanted = {
    ce_id: `${idOf(command)}/reply`,
    ce_type: `${nameOf(command)}.${outcome}`,
    ce_sagaid: command.sagaId,
    ce_step: command.step,
    ce_visit: String(command.visit),
    ce_direction: command.direction,
  }
  for (const [name, value] of Object.entries(wanted)) {
    const found = String(headers[name])
    if (found !== value) return `${name} is '${found}', not '${value}'`
  }
  // The span may be the participant's own; the trace goes on.
  const trace = (traceparent: unknown) => String(traceparent).split('-')[1]
  if (trace(headers['traceparent']) === trace(command.traceparent)) return null
  return `traceparent is '${headers['traceparent']}', of another trace than the command`
}

/** The saga that a record seems to be about, however wrong it is; null when it is about none. */
export function sagaIn(
  record: IncomingRecord,
  sagaIds: ReadonlyMap<string, unknown>,
): string | null {
  const { headers, key } = record
  const first = (bytes: Buffer | null | undefined) => bytes?.toString().split('/')[0] ?? ''
  const places = [key, headers['ce_sagaid'], headers['ce_causationid'], headers['ce_id']]
  return places.map(first).find((id) => sagaIds.has(id)) ?? null
}
