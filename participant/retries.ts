// Tries commands whose handler threw again, each alone and off the loop, so that nothing waits
// for them but their own offsets. When the tries are used up the command is answered `failed`,
// which the fence does not keep: the orchestrator's retry policy decides what follows.
import type { Cipher } from '../messaging/cipher.ts'
import { type Backoff, backoffMs, type Clock } from '../messaging/clock.ts'
import { SagalineError } from '../messaging/errors.ts'
import { type Log, traceFields } from '../messaging/log.ts'
import { participantError } from './errors.ts'
import type { Fault } from './fault.ts'
import type { Answer } from './fence.ts'
import type { Received } from './received.ts'
import { encrypted, plainAnswer } from './reply.ts'
import type { Answered, Outside } from './run-wave.ts'
import { loggable } from './secrecy.ts'
import type { Settled } from './settle-wave.ts'

export type RetriesOptions = {
  readonly clock: Clock
  readonly log: Log
  readonly cipher: Cipher
  /** Tries of one command, the first one included. */
  readonly attemptsMax: number
  readonly backoff: Backoff
  /** Commands waiting at once; beyond it a command is answered `failed` without another try. */
  readonly commandsMax: number
  readonly settle: (wave: readonly Received[]) => Promise<Settled>
  readonly settleOutside: (outside: Outside) => Promise<Answered>
}

export class Retries {
  readonly #options: RetriesOptions
  readonly #stopping = new AbortController()
  readonly #running = new Set<Promise<unknown>>()

  constructor(options: RetriesOptions) {
    this.#options = options
  }

  /** @throws PARTICIPANT_STOPPED; database trouble. The command must then be delivered again. */
  async answer(fault: Fault): Promise<Answered> {
    if (fault.type === 'refused') return this.#refusedUndo(fault)
    if (this.#running.size >= this.#options.commandsMax) return this.#giveUp(fault, 1)
    const answer = this.#retry(fault)
    this.#running.add(answer)
    try {
      return await answer
    } finally {
      this.#running.delete(answer)
    }
  }

  /** Commands that wait for another try. */
  backlog(): number {
    return this.#running.size
  }

  /** Ends all waiting; resolves when nothing runs any more. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.allSettled(this.#running)
  }

  async #retry(first: Failed): Promise<Answered> {
    const { attemptsMax, backoff, clock, settle, settleOutside } = this.#options
    let last = first
    for (let attempt = 1; attempt < attemptsMax; attempt += 1) {
      this.#logFailure(last, attempt)
      await clock.wait(backoffMs(backoff, attempt, clock.random), this.#stopping.signal)
      if (this.#stopping.signal.aborted) throw participantError('PARTICIPANT_STOPPED')
      const { answers, outside, faults } = await settle([first.received])
      const [answered] = answers
      if (answered !== undefined) return answered
      const [asked] = outside
      if (asked !== undefined) return settleOutside(asked)
      const [fault] = faults
      if (fault?.type === 'refused') return this.#refusedUndo(fault)
      if (fault !== undefined) last = fault
    }
    return this.#giveUp(last, attemptsMax)
  }

  #giveUp(fault: Failed, attempt: number): Answered {
    this.#logFailure(fault, attempt)
    return this.#answered(fault.received, plainAnswer('failed', failureReason(fault)))
  }

  #refusedUndo({ received, reason }: Fault & { readonly type: 'refused' }): Answered {
    return this.#answered(received, plainAnswer('refused', reason))
  }

  #answered(received: Received, answer: Answer): Answered {
    return { type: 'answered', received, answer: encrypted(received, answer, this.#options.cipher) }
  }

  #logFailure({ received, error }: Failed, attempt: number): void {
    const { id, sagaId, step, traceparent } = received.command
    const { contract } = received.handler
    const what = { id, sagaId, step, command: contract.name, ...traceFields(traceparent) }
    const fields = { ...what, attempt, error: loggable(contract, error) }
    this.#options.log.warn('participant.command.failed', fields)
  }
}

export type Failed = Fault & { readonly type: 'failed' }

/** Enough for a person to know where to look; the log has the rest. */
const problemCharsMax = 500

export function failureReason({ received, error }: Failed): unknown {
  const known = error instanceof SagalineError ? error : handlerFailed(received, error)
  return { code: known.code, message: known.message.slice(0, problemCharsMax) }
}

function handlerFailed(received: Received, error: unknown): SagalineError {
  const problem = error instanceof Error ? error.message : String(error)
  const { name } = received.handler.contract
  return participantError('HANDLER_FAILED', { name, problem: cleanText(problem) }, error)
}

/** Somebody else's text may hold what no message may: NUL, half a surrogate pair. */
function cleanText(text: string): string {
  return Buffer.from(text.replaceAll('\0', '')).toString()
}
