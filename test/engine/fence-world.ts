// A model of everything around the engine: participants with a fence, and a network that keeps
// every command and reply, so that any of them can be lost, late, repeated or out of order.
import type { Json } from '../../messaging/message.ts'
import type { CommandToSend, Replied } from '../../orchestrator/engine/event.ts'

export type Behaviour = 'succeeded' | 'refused' | 'failed'

type FenceState = 'done' | 'refused' | 'undone' | 'blocked'

export class FenceWorld {
  readonly sent: CommandToSend[] = []
  readonly replies: Replied[] = []
  /** By step and visit. */
  readonly fence = new Map<string, FenceState>()
  readonly #replyTo: (command: CommandToSend) => Json
  readonly #isChild: (step: string) => boolean

  /** A child saga that was taken back says so when it is asked to run once more. */
  constructor(
    replyTo: (command: CommandToSend) => Json = () => null,
    isChild: (step: string) => boolean = () => false,
  ) {
    this.#replyTo = replyTo
    this.#isChild = isChild
  }

  /** A participant gets the command; `behaviour` is what its handler would do if it runs. */
  handle(command: CommandToSend, behaviour: Behaviour): Replied {
    const reply: Replied = {
      type: 'replied',
      commandId: command.id,
      attempt: command.attempt,
      ...this.#answer(command, behaviour),
    }
    this.replies.push(reply)
    return reply
  }

  #answer(command: CommandToSend, behaviour: Behaviour): Pick<Replied, 'outcome' | 'data'> {
    const key = `${command.step}/${command.visit}`
    const state = this.fence.get(key)
    if (command.direction === 'undo') return this.#undo(key, state, behaviour)
    if (state === 'undone' && this.#isChild(command.step)) return answer('refused')
    const { outcome, data } = this.#do(key, state, behaviour)
    return { outcome, data: outcome === 'succeeded' ? this.#replyTo(command) : data }
  }

  #do(key: string, state: FenceState | undefined, behaviour: Behaviour) {
    if (state === 'done' || state === 'undone') return answer('succeeded')
    if (state === 'refused' || state === 'blocked') return answer('refused')
    if (behaviour !== 'failed') this.fence.set(key, behaviour === 'refused' ? 'refused' : 'done')
    return answer(behaviour)
  }

  #undo(key: string, state: FenceState | undefined, behaviour: Behaviour) {
    if (state === undefined) this.fence.set(key, 'blocked')
    if (state !== 'done') return answer('succeeded')
    if (behaviour === 'succeeded') this.fence.set(key, 'undone')
    return answer(behaviour)
  }
}

function answer(outcome: Behaviour): { readonly outcome: Behaviour; readonly data: Json } {
  return { outcome, data: outcome === 'succeeded' ? null : outcome }
}
