// Replays the commands of a transcript on the engine in virtual time. The saga goes through JSON
// between any two events, as it does through its row.
import type { MessageId, SagaId } from '../../messaging/message.ts'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import { advance } from '../../orchestrator/engine/advance.ts'
import type { SagaEvent } from '../../orchestrator/engine/event.ts'
import type { Saga } from '../../orchestrator/engine/saga.ts'
import { samples } from '../engine/sample-definitions.ts'
import { type Line, parseLine, type ReplyLine } from './parse-line.ts'
import { printAdvance, printSaga } from './print.ts'

/** Lines of one comment stay together. */
const splitComment = /(?<=^#.*)\n\n#/gm

const sagaId = 's1' as SagaId

/** The full text of the transcript: what it asks, with what the engine answers now. */
export function replay(text: string): string {
  const conversation = new Conversation()
  const blocks = text
    .split('\n')
    .filter((line) => line.startsWith('> ') || line.startsWith('#'))
    .map((line) => (line.startsWith('#') ? [line] : [line, ...conversation.say(line.slice(2))]))
  return blocks
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n')
    .replaceAll(splitComment, '\n#')
}

class Conversation {
  #samples: (typeof samples)[string] | null = null
  #definition: SagaDefinition | null = null
  #saga: Saga | null = null
  #requests = 1
  #wakeAt: number | null = null
  #now = 1_000_000

  say(text: string): readonly string[] {
    const line = parseLine(text)
    switch (line.verb) {
      case 'define':
        this.#samples = samples[line.name] ?? null
        this.#definition = this.#samples?.[0] ?? null
        return this.#definition ? this.#steps(this.#definition) : ['  no such sample']
      case 'mend':
        this.#definition = this.#samples?.[1] ?? null
        return []
      case 'show':
        return this.#saga ? printSaga(this.#saga, this.#now) : ['  nothing was started']
      case 'advance':
        return this.#wait(line.ms)
      default:
        return this.#move(this.#eventOf(line))
    }
  }

  #steps({ steps }: SagaDefinition): readonly string[] {
    return [...steps.values()].map(({ name, kind, retry, undoRetry }) => {
      const undo = kind === 'compensatable' ? `, undo ${undoRetry.attempts}` : ''
      return `  ${name}: ${kind}, attempts ${retry.attempts}${undo}, timeout ${retry.timeoutMs}ms`
    })
  }

  #eventOf(line: Line & { verb: 'start' | 'reply' | 'retry' }): SagaEvent {
    switch (line.verb) {
      case 'start':
        return { type: 'started', sagaId, input: line.input }
      case 'reply':
        return this.#replyOf(line)
      case 'retry':
        return { type: 'operated', verb: 'retry', requestId: `r${this.#requests++}`, ...byOf(line) }
    }
  }

  #replyOf({ step, direction, outcome, data, attempt, visit }: ReplyLine): SagaEvent {
    const last = this.#saga?.steps.findLast(({ name }) => name === step)
    const commandId = `${sagaId}/${step}/${direction}/${visit ?? last?.visit ?? 1}` as MessageId
    return {
      type: 'replied',
      commandId,
      outcome,
      data,
      attempt: attempt ?? last?.attempts ?? 1,
    }
  }

  #move(event: SagaEvent): readonly string[] {
    if (!this.#definition) return ['  nothing was defined']
    const result = advance(this.#definition, this.#saga, event, this.#now)
    this.#saga = JSON.parse(JSON.stringify(result.saga)) as Saga
    this.#wakeAt = result.wakeAt
    return printAdvance(result, this.#now)
  }

  /** Wakes the saga whenever it asked for it, until the time is over. */
  #wait(ms: number): readonly string[] {
    const [from, until] = [this.#now, this.#now + ms]
    const lines: string[] = []
    while (this.#wakeAt !== null && this.#wakeAt <= until) {
      this.#now = Math.max(this.#now, this.#wakeAt)
      lines.push(`  woken after ${this.#now - from}ms`, ...this.#move({ type: 'woken' }))
    }
    this.#now = until
    return lines.length === 0 ? ['  nothing was due'] : lines
  }
}

function byOf({ actor, reason }: Line & { verb: 'retry' }) {
  return { actor, reason }
}
