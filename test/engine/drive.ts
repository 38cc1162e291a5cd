// Walks one saga through `advance`, through JSON between any two events, for short tests.
import type { Json, MessageId, ReplyOutcome, SagaId } from '../../messaging/message.ts'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import { advance } from '../../orchestrator/engine/advance.ts'
import type { Advance, SagaEvent, Verb } from '../../orchestrator/engine/event.ts'
import type { Saga } from '../../orchestrator/engine/saga.ts'

export const sagaId = 's1' as SagaId
const ann = { type: 'operated', actor: 'ann', reason: 'again' } as const

export class Drive {
  readonly definition: SagaDefinition
  saga: Saga | null = null
  #requests = 1

  constructor(definition: SagaDefinition) {
    this.definition = definition
  }

  at(now: number, event: SagaEvent): Advance {
    const result = advance(this.definition, this.saga, event, now)
    this.saga = JSON.parse(JSON.stringify(result.saga)) as Saga
    return result
  }

  start(now: number, input: Json = { amount: 7 }): Advance {
    return this.at(now, { type: 'started', sagaId, input })
  }

  wake(now: number): Advance {
    return this.at(now, { type: 'woken' })
  }

  retry(now: number): Advance {
    return this.operate(now, 'retry')
  }

  operate(now: number, verb: Exclude<Verb, 'skip'>): Advance {
    return this.at(now, { ...ann, requestId: `r${this.#requests++}`, verb })
  }

  skip(now: number, step: string, effect: 'done' | 'none', output: Json = null): Advance {
    const requestId = `r${this.#requests++}`
    return this.at(now, { ...ann, requestId, verb: 'skip', step, effect, output })
  }

  signal(now: number, name: string, data: Json = null, actor: string | null = null): Advance {
    return this.at(now, { type: 'signalled', id: `s${this.#requests++}`, name, data, actor })
  }

  /** `command` is what follows the saga's id, e.g. `fast/do/1`. */
  reply(now: number, command: string, outcome: ReplyOutcome, data: Json = null): Advance {
    const commandId = `${sagaId}/${command}` as MessageId
    return this.at(now, { type: 'replied', commandId, outcome, attempt: 1, data })
  }
}

export function factsOf({ facts }: Advance): readonly string[] {
  return facts.map(({ type, step }) => (step === undefined ? type : `${type} ${step}`))
}

export function sentBy({ commands }: Advance): readonly string[] {
  return commands.map(({ id }) => id.slice(sagaId.length + 1))
}
