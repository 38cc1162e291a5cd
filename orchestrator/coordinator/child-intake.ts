// The door for child sagas: a step of a parent is a command on the topic of starts, as it would be
// to any participant. Doing it starts a saga, once; undoing it takes that saga back, or sees to it
// that it never begins. The child's end is the reply.
import type { IncomingRecord } from '../../messaging/bus.ts'
import type { Cipher } from '../../messaging/cipher.ts'
import type { Clock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import { decodeMessage } from '../../messaging/envelope.ts'
import type { SagalineError } from '../../messaging/errors.ts'
import type { Json, Message, SagaId } from '../../messaging/message.ts'
import type { Tracing } from '../../messaging/tracing.ts'
import type { Registry } from '../definition/registry.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import { isSensitiveDefinition } from '../definition/sensitive-definition.ts'
import type { ReplyToSend } from '../engine/event.ts'
import { orchestratorError } from '../errors.ts'
import type { OnOrchestratorPoint } from '../points.ts'
import { findDropped } from '../store/history-parts.ts'
import type { RowCipher } from '../store/row-cipher.ts'
import { findSagas } from '../store/sagas.ts'
import type { AdvanceSagas } from './advance-sagas.ts'
import { type ChildCommand, isChildCommand, readChildCommand, readOrder } from './child-command.ts'
import { startedAt } from './child-id.ts'
import type { Incoming } from './fold-sagas.ts'
import type { Instances } from './instances.ts'
import { isForAnother } from './is-for-another.ts'
import { holdAll, type Poison, tracedBy } from './reply-intake.ts'
import type { StartSagas } from './start-sagas.ts'

export type ChildDependencies = {
  readonly db: Db
  readonly clock: Clock
  readonly cipher: Cipher
  readonly rows: RowCipher
  readonly registry: Registry
  readonly sagas: AdvanceSagas
  readonly starts: StartSagas
  readonly instances: Instances
  readonly tracing: Tracing | null
  readonly onPoint: OnOrchestratorPoint
}

/** Resolves once what came of a command is in Kafka. */
type Taken = { readonly published: Promise<void> }

/**
 * Once all is committed.
 * @throws DEFINITION_UNKNOWN while no instance that takes it has that version, START_UNUSABLE,
 * SAGA_NAME_UNKNOWN, SAGA_INPUT_INVALID, SAGA_DEFINITION_FAILED, HISTORY_DROPPED, OVERLOADED,
 * STORE_UNAVAILABLE.
 */
export async function takeChild(
  given: ChildDependencies,
  message: Message,
  record: IncomingRecord,
): Promise<Taken> {
  const command = readChildCommand(message)
  if ('problem' in command) throw orchestratorError('START_UNUSABLE', command)
  await refuseDropped(given, command.child)
  if (command.direction === 'undo') return takeBack(given, command, record)
  const { child: id, parent, payload } = command
  const { definition, input } = orderOf(given, payload)
  const traced = tracedBy(given.tracing, message)
  return given.starts.startChild(definition, { id, parent, input, undoCommandId: null, ...traced })
}

/** The history of younger sagas is there for sure. */
const surelyKeptMs = 86_400_000

/**
 * A command of long ago must not start a saga anew whose rows are gone: it may have been done, and
 * undone. Only asked for ids that are old, which no living parent sends.
 */
async function refuseDropped({ db, clock }: ChildDependencies, id: SagaId): Promise<void> {
  if (startedAt(id) > clock.now().getTime() - surelyKeptMs) return
  if ((await findDropped(db, [id])).has(id)) throw orchestratorError('HISTORY_DROPPED', { id })
}

/**
 * Tells the parent that its command came to nothing, since it would wait for ever otherwise. Null
 * when the record is no child's command, does not say whom to tell, or is about a saga that was
 * started before, by an instance that had its definition: that one answers for itself.
 */
export async function refuseChild(
  given: ChildDependencies,
  { record, error }: Poison,
): Promise<{ readonly published: Promise<void> } | null> {
  const message = decodeMessage(record, given.cipher)
  if ('problem' in message || !isChildCommand(message)) return null
  const command = readChildCommand(message)
  if ('problem' in command) return null
  const [known] = await findSagas(given.db, given.rows, [command.child])
  if (known !== undefined) return null
  const order = readOrder(command.payload)
  const definition = 'problem' in order ? null : given.registry.version(order.name, order.version)
  const isSecret = definition !== null && isSensitiveDefinition(definition)
  return { published: given.starts.answer({ reply: answerTo(command, error), isSecret }) }
}

async function takeBack(
  given: ChildDependencies,
  command: ChildCommand,
  record: IncomingRecord,
): Promise<Taken> {
  const known = await revoke(given, command, record)
  if (known !== null) return known
  const { child: id, parent, payload } = command
  await given.onPoint('child.before-block')
  const { definition, input } = orderOf(given, payload)
  const blocking = { id, parent, input, undoCommandId: command.id }
  const blocked = await given.starts.startChild(definition, blocking)
  if (blocked.isNew) return blocked
  // It was started in between.
  return (await revoke(given, command, record)) ?? blocked
}

/** Null where there is no such saga. */
async function revoke(
  given: ChildDependencies,
  command: ChildCommand,
  record: IncomingRecord,
): Promise<Taken | null> {
  const event = { type: 'revoked', commandId: command.id } as const
  const item: Incoming = { sagaId: command.child, event, cause: command.id }
  const [advanced] = await given.sagas.advance([item])
  if (!advanced?.problem) return advanced ?? null
  if (advanced.problem.code === 'SAGA_NOT_FOUND') return null
  if (!isForAnother(advanced.problem)) throw advanced.problem
  await holdAll(given, [{ ...item, record }])
  return advanced
}

/** Exactly the version that the parent names: it was defined against that one. */
function orderOf(
  { registry, instances }: ChildDependencies,
  payload: unknown,
): { readonly definition: SagaDefinition; readonly input: Json } {
  const order = readOrder(payload)
  if ('problem' in order) throw orchestratorError('START_UNUSABLE', order)
  const { name, version, input } = order
  const definition = registry.version(name, version)
  if (definition !== null) return { definition, input }
  const code = instances.isKnown(name) ? 'DEFINITION_UNKNOWN' : 'SAGA_NAME_UNKNOWN'
  throw orchestratorError(code, { name, version })
}

/** What these say will never be otherwise: such a child was not started and never will be. */
const lasting: ReadonlySet<string> = new Set(['START_UNUSABLE', 'SAGA_INPUT_INVALID'])

/** Nothing was done, so the parent may turn back. Of an undo only the same certainty is enough. */
function answerTo(command: ChildCommand, { code, message }: SagalineError): ReplyToSend {
  const { id, parent, direction, attempt } = command
  const reply = { parent, commandId: id, direction, attempt }
  if (direction === 'do') return { ...reply, outcome: 'refused', data: { code, reason: message } }
  if (lasting.has(code)) return { ...reply, outcome: 'succeeded', data: null }
  return { ...reply, outcome: 'failed', data: { code, message } }
}
