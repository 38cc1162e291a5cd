// One saga moved by any events, with what the topic would be told of it: each message goes through
// bytes, as a consumer gets it.
import type { IncomingRecord } from '../../messaging/bus.ts'
import { encodeMessage } from '../../messaging/envelope.ts'
import type { Message, SagaId } from '../../messaging/message.ts'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import { advance } from '../../orchestrator/engine/advance.ts'
import type { CommandToSend, SagaEvent } from '../../orchestrator/engine/event.ts'
import type { Saga } from '../../orchestrator/engine/saga.ts'
import {
  type LifecycleEvent,
  readLifecycleEvent,
} from '../../orchestrator/lifecycle/lifecycle-event.ts'
import { lifecycleMessages } from '../../orchestrator/lifecycle/lifecycle-messages.ts'

export const sagaId = '01900000-0000-7000-8000-000000000001' as SagaId

export class ToldRun {
  readonly definition: SagaDefinition
  readonly messages: Message[] = []
  readonly sent: CommandToSend[] = []
  readonly seen = new Set<string>()
  now = 1_000_000
  wakeAt: number | null = null
  saga: Saga | null = null

  constructor(definition: SagaDefinition) {
    this.definition = definition
    this.apply({ type: 'started', sagaId, input: { amount: 7 } })
  }

  apply(event: SagaEvent): void {
    const { saga, facts, commands, wakeAt } = advance(this.definition, this.saga, event, this.now)
    for (const { type } of facts) this.seen.add(type)
    this.saga = JSON.parse(JSON.stringify(saga)) as Saga
    this.wakeAt = wakeAt
    this.sent.push(...commands)
    if (facts.length === 0) return
    const entry = { saga, event, facts, at: this.now, businessKey: 'key' }
    this.messages.push(...lifecycleMessages(entry))
  }

  get told(): readonly LifecycleEvent[] {
    return this.messages.map(readBack)
  }
}

/** What a consumer reads of the message. */
export function readBack(message: Message): LifecycleEvent {
  const event = readLifecycleEvent(toRecord(message))
  if ('problem' in event) throw new Error(`${message.id}: ${event.problem}`)
  return event
}

export function toRecord(message: Message): Pick<IncomingRecord, 'key' | 'value' | 'headers'> {
  const { key, value, headers } = encodeMessage(message)
  const bytes = Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])
  return { key: Buffer.from(key), value: Buffer.from(value), headers: Object.fromEntries(bytes) }
}
