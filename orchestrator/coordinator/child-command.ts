// What the step of a parent saga asks of a child, read from its message.
import type { Direction, Json, Message, MessageId, SagaId } from '../../messaging/message.ts'
import { repliesTopic } from '../../messaging/topics.ts'
import { childCommandNames } from '../definition/child-command.ts'
import { commandId } from '../engine/command-id.ts'
import type { Parent } from '../engine/saga.ts'
import { childSagaId, isIssuedAt } from './child-id.ts'

export type ChildCommand = {
  readonly id: MessageId
  readonly direction: Direction
  readonly attempt: number
  /** The saga that it is about, whether it exists or not. */
  readonly child: SagaId
  readonly parent: Parent
  readonly payload: unknown
}

export type ChildOrder = {
  readonly name: string
  readonly version: number
  readonly input: Json
}

export function isChildCommand({ type }: Message): boolean {
  return type === childCommandNames.do || type === childCommandNames.undo
}

/** The problem is why nobody could be answered; everything else is told the parent. */
export function readChildCommand(message: Message): ChildCommand | { readonly problem: string } {
  const { id, type, sagaId, step, visit, direction, attempt = 1, replyTo, data } = message
  if (sagaId === undefined || step === undefined || visit === undefined) {
    return { problem: 'it does not say which step of which saga it is' }
  }
  if (direction === undefined || type !== childCommandNames[direction]) {
    return { problem: 'its direction is not that of its type' }
  }
  const key = { sagaId, step, visit }
  if (id !== commandId({ ...key, direction })) {
    return { problem: 'its id is not that of its saga, step and visit' }
  }
  if (replyTo !== repliesTopic) return { problem: `its replies do not go to ${repliesTopic}` }
  const issuedAt = message.issuedAt?.getTime() ?? Number.NaN
  if (!isIssuedAt(issuedAt)) return { problem: 'it does not say when it was issued' }
  const doId = commandId({ ...key, direction: 'do' })
  const parent = { ...key, commandId: doId, attempt, replyTo }
  return { id, direction, attempt, child: childSagaId(doId, issuedAt), parent, payload: data }
}

export function readOrder(payload: unknown): ChildOrder | { readonly problem: string } {
  if (payload === null || typeof payload !== 'object') return { problem: 'its data is no object' }
  const { saga, version, input } = payload as Readonly<Record<string, unknown>>
  if (typeof saga !== 'string') return { problem: 'it names no saga' }
  if (typeof version !== 'number') return { problem: 'it names no version' }
  return { name: saga, version, input: (input ?? null) as Json }
}
