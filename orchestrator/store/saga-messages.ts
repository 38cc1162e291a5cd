// The messages of a saga with what was in them, for readers: what it was started with, the commands
// that it sent, the replies and signals that came. Rebuilt from its history; what is sensitive is
// masked, and where nobody here knows what is, nothing is shown.
import type { Db, Row, Statement } from '../../messaging/db.ts'
import { masked, maskFields } from '../../messaging/encrypted-fields.ts'
import { SagalineError } from '../../messaging/errors.ts'
import type { Direction, Json, ReplyOutcome, SagaId } from '../../messaging/message.ts'
import { repliesTopic } from '../../messaging/topics.ts'
import { readTraceparent } from '../../messaging/tracing.ts'
import type { Registry } from '../definition/registry.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import { isSensitiveDefinition } from '../definition/sensitive-definition.ts'
import { commandId } from '../engine/command-id.ts'
import type { Fact, Replied, SagaEvent } from '../engine/event.ts'
import type { StepState } from '../engine/saga.ts'
import type { RowCipher } from './row-cipher.ts'
import type { StoredSaga } from './saga-rows.ts'
import { findSagas } from './sagas.ts'

export type SagaMessage = {
  /** Of the history entry that it belongs to. */
  readonly seq: number
  readonly at: Date
  readonly kind: 'start' | 'command' | 'reply' | 'signal'
  /** The name of the command or signal; of a reply that of what is answered. */
  readonly type: string
  /** Null for what did not have to come over Kafka. */
  readonly topic: string | null
  readonly step: string | null
  readonly visit: number | null
  readonly direction: Direction | null
  readonly attempt: number | null
  readonly outcome: ReplyOutcome | null
  /** Of a reply the id of the command that it answers. */
  readonly messageId: string | null
  readonly actor: string | null
  /** The trace that it stood in; of a command known once it is answered. Null where none was. */
  readonly traceId: string | null
  readonly data: Json
}

type EntryRow = {
  readonly seq: number
  readonly at: Date
  readonly event: unknown
  readonly facts: readonly Fact[]
}

const list: Statement = {
  name: 'history.messages',
  text: `select seq, at, event, facts from history where saga_id = $1 order by seq limit $2`,
}

/** As long as the history that is shown. */
const entriesMax = 10_000

export type MessageParts = {
  readonly db: Db
  readonly rows: RowCipher
  readonly registry: Registry
  /** With their payloads, also where the row of the saga has none any more. */
  readonly stepsOf: (stored: StoredSaga) => Promise<readonly StepState[]>
}

type KnownParts = Pick<MessageParts, 'rows' | 'registry'> & {
  /** With their payloads, as far as they are known. */
  readonly steps: readonly StepState[]
}

/** In the order of the history; null when the saga is not there. */
export async function listMessages(
  { db, rows, registry, stepsOf }: MessageParts,
  id: SagaId,
): Promise<readonly SagaMessage[] | null> {
  const [stored] = await findSagas(db, rows, [id])
  if (stored === undefined) return null
  const entries = await db.query<EntryRow & Row>(list, [id, entriesMax])
  await rows.load(db, entries.rows)
  const steps = await stepsOf(stored)
  return messagesOf({ rows, registry, steps }, stored, entries.rows)
}

/** Of a saga that is known with its whole history, as it is kept. */
export function messagesOf(
  { rows, registry, steps }: KnownParts,
  { saga, definitionHash }: StoredSaga,
  entries: readonly EntryRow[],
): readonly SagaMessage[] {
  const { id } = saga
  const found = registry.version(saga.name, saga.version)
  const definition = found?.hash === definitionHash ? found : null
  const from = { id, definition, steps }
  const messages = entries.flatMap((row) => {
    const event = openEvent(rows, id, row)
    const came = event === null ? [] : cameIn(from, event)
    const sent = row.facts.flatMap((fact) => wentOut(from, fact))
    return [...came, ...sent].map((message) => ({ seq: row.seq, at: row.at, ...message }))
  })
  return withTraces(messages)
}

/** Whoever answers a command goes on in its trace, so the reply tells which one it was. */
function withTraces(messages: readonly SagaMessage[]): readonly SagaMessage[] {
  const place = ({ messageId, attempt }: SagaMessage) => `${messageId} ${attempt}`
  const replies = messages.filter(({ kind }) => kind === 'reply')
  const traces = new Map(replies.map((reply) => [place(reply), reply.traceId]))
  return messages.map((message) =>
    message.kind === 'command'
      ? { ...message, traceId: traces.get(place(message)) ?? null }
      : message,
  )
}

/** Null when it cannot be read here. */
function openEvent(rows: RowCipher, sagaId: SagaId, row: EntryRow): SagaEvent | null {
  try {
    return rows.readEvent({ sagaId, facts: row.facts }, row.event)
  } catch (error) {
    if (error instanceof SagalineError) return null
    throw error
  }
}

type From = {
  readonly id: SagaId
  readonly definition: SagaDefinition | null
  readonly steps: readonly StepState[]
}

type Content = Omit<SagaMessage, 'seq' | 'at'>

const bare = {
  topic: null,
  step: null,
  visit: null,
  direction: null,
  attempt: null,
  outcome: null,
  messageId: null,
  actor: null,
  traceId: null,
} as const

function cameIn({ id, definition }: From, event: SagaEvent): readonly Content[] {
  const traceparent = 'traceparent' in event ? event.traceparent : null
  const traceId = readTraceparent(traceparent)?.traceId ?? null
  return contentOf({ id, definition }, event).map((content) => ({ ...content, traceId }))
}

type Knowing = Pick<From, 'id' | 'definition'>

function contentOf({ id, definition }: Knowing, event: SagaEvent): readonly Content[] {
  switch (event.type) {
    case 'started': {
      const type = definition?.name ?? 'start'
      return [{ ...bare, kind: 'start', type, data: shown(definition?.input, event.input) }]
    }
    case 'signalled': {
      const { name, actor, data } = event
      const schema = definition?.signals.get(name)?.data
      return [{ ...bare, kind: 'signal', type: name, actor, data: shown(schema, data) }]
    }
    case 'replied':
      return [replyOf({ id, definition }, event)]
    default:
      return []
  }
}

function replyOf({ id, definition }: Knowing, event: Replied): Content {
  const [step = null, direction = null, visit = null] = event.commandId
    .slice(id.length + 1)
    .split('/')
  const contract = contractOf(definition, step, direction)
  const { outcome, attempt, commandId: messageId } = event
  const place = { step, visit: Number(visit), direction: direction as Direction | null, attempt }
  const about = { ...bare, ...place, outcome, messageId, topic: repliesTopic }
  const type = contract?.name ?? 'reply'
  return { ...about, kind: 'reply', type, data: answerOf(definition, contract, event) }
}

/** A technical error holds whatever a library said, so of sensitive sagas only its code is shown. */
function answerOf(
  definition: SagaDefinition | null,
  contract: ReturnType<typeof contractOf>,
  { outcome, data }: Replied,
): Json {
  if (outcome !== 'failed') {
    return shown(outcome === 'succeeded' ? contract?.reply : contract?.refusal, data)
  }
  if (definition !== null && !isSensitiveDefinition(definition)) return data
  const code = (data as { readonly code?: Json } | null)?.code
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]*$/.test(code) ? { code } : masked
}

function wentOut({ id, definition, steps }: From, fact: Fact): readonly Content[] {
  const { type, step, visit = 1, direction = 'do', attempt = null } = fact
  if (type !== 'command.sent' || step === undefined) return []
  const contract = contractOf(definition, step, direction)
  const payload = steps.find((one) => one.name === step && one.visit === visit)?.payload ?? null
  return [
    {
      ...{ ...bare, kind: 'command', type: contract?.name ?? 'command', step, visit, direction },
      ...{ topic: contract?.topic ?? null, attempt },
      messageId: commandId({ sagaId: id, step, direction, visit }),
      data: shown(contract?.payload, payload),
    },
  ]
}

function contractOf(
  definition: SagaDefinition | null,
  step: string | null,
  direction: string | null,
) {
  const command = step === null ? undefined : definition?.steps.get(step)?.command
  return (direction === 'undo' ? command?.undo : command) ?? null
}

type Schema = Parameters<typeof maskFields>[0]

function shown(schema: Schema | undefined, data: Json): Json {
  if (data === null) return null
  return schema === undefined ? masked : (maskFields(schema, data) as Json)
}
