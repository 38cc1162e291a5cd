// Carries out commands whose effect is outside of the database, each alone and off the loop: asks
// or calls, then commits what came of it. That it is asked for was committed by its wave. What
// fails is tried again, and always asked about first.
import type { Cipher } from '../messaging/cipher.ts'
import { type Backoff, backoffMs, type Clock } from '../messaging/clock.ts'
import { type Log, traceFields } from '../messaging/log.ts'
import type { MessageId } from '../messaging/message.ts'
import type { Command } from './command.ts'
import { isDatabaseDown } from './db-trouble.ts'
import { participantError } from './errors.ts'
import { lockFences } from './fence-store.ts'
import { blamed, blaming, HandlerThrew } from './handler-threw.ts'
import type { Handlers } from './intake.ts'
import type { Received } from './received.ts'
import { encrypted, plainAnswer } from './reply.ts'
import { failureReason } from './retries.ts'
import type { Answered, Outside, WaveDeps } from './run-wave.ts'
import { loggable } from './secrecy.ts'
import { commitOutside } from './settle-outside.ts'
import type { Settled } from './settle-wave.ts'
import { within } from './within.ts'

export type OutsideOptions = {
  readonly clock: Clock
  readonly log: Log
  readonly cipher: Cipher
  /** Tries of one command, the first one included. */
  readonly attemptsMax: number
  readonly backoff: Backoff
  readonly wave: WaveDeps
  readonly handlers: Handlers
  readonly settle: (wave: readonly Received[]) => Promise<Settled>
}

/** Calls at once. Those that wait for their turn are of the batches that are not settled yet. */
const callsMax = 50

export class OutsideCalls {
  readonly #options: OutsideOptions
  readonly #stopping = new AbortController()
  readonly #running = new Set<Promise<unknown>>()
  readonly #waiting: (() => void)[] = []
  #calls = 0

  constructor(options: OutsideOptions) {
    this.#options = options
  }

  /** @throws PARTICIPANT_STOPPED; database trouble. The command must then be delivered again. */
  async answer(outside: Outside): Promise<Answered> {
    const answer = this.#inTurn(() => this.#try(outside))
    this.#running.add(answer)
    try {
      return await answer
    } finally {
      this.#running.delete(answer)
    }
  }

  /** Begins nothing more; resolves when nothing runs any more. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.allSettled(this.#running)
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#calls >= callsMax) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else this.#calls += 1
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#calls -= 1
      else next()
    }
  }

  async #try({ received, isRepeat }: Outside): Promise<Answered> {
    const { attemptsMax, backoff, clock } = this.#options
    const { signal } = this.#stopping
    for (let attempt = 1; ; attempt += 1) {
      if (signal.aborted) throw participantError('PARTICIPANT_STOPPED')
      try {
        return await this.#carryOut(received, isRepeat || attempt > 1)
      } catch (thrown) {
        if (isDatabaseDown(thrown)) throw thrown
        const error = thrown instanceof HandlerThrew ? thrown.thrown : thrown
        this.#logFailure(received, { attempt, error })
        if (attempt >= attemptsMax) return this.#giveUp(received, error)
      }
      await clock.wait(backoffMs(backoff, attempt, clock.random), signal)
    }
  }

  async #carryOut(received: Received, isRepeat: boolean): Promise<Answered> {
    if (received.direction === 'do') return this.#finish(received, isRepeat)
    const askedDo = await this.#askedDo(received)
    // Whether there is something to undo is known only when its do is done or refused. It is called
    // where they know nothing of it: an instance that was stopped before its call may still make it.
    if (askedDo !== null) await this.#finish(askedDo, true)
    const { answers, outside, faults } = await this.#options.settle([received])
    const [[answered], [fault]] = [answers, faults]
    if (answered !== undefined) return answered
    if (fault?.type === 'failed') throw blamed(fault.error)
    if (fault !== undefined) return this.#answered(received, 'refused', fault.reason)
    if (outside.length === 0) throw participantError('OUTSIDE_UNSETTLED', received.command)
    return this.#finish(received, true)
  }

  /** Asks what became of it, or has it done, and commits that. */
  async #finish(received: Received, isRepeat: boolean): Promise<Answered> {
    const { handler, command } = received
    if (handler.type !== 'outside') throw participantError('OUTSIDE_UNSETTLED', { id: command.id })
    const { ask, call } = handler.work
    const { onPoint } = this.#options.wave
    const known = isRepeat ? await this.#limited(received, ask) : null
    if (known === null) await onPoint('outside.before-call')
    const answer = known ?? (await this.#limited(received, call))
    await onPoint('outside.after-call-before-commit')
    return commitOutside(this.#options.wave, received, answer)
  }

  #limited(
    { command, handler, span }: Received,
    work: (command: Command) => Promise<unknown>,
  ): Promise<unknown> {
    const { clock, wave } = this.#options
    const limitMs = wave.handlerMsMax
    const late = () => participantError('HANDLER_TIMEOUT', { name: handler.contract.name, limitMs })
    const { tracing } = wave
    const run = () => blaming(() => work(command))
    const traced = tracing && span ? () => tracing.within(span, run) : run
    return within(clock, limitMs, traced, late)
  }

  /** The do that an undo is for, while it is asked for; it has the same payload. */
  async #askedDo(undo: Received): Promise<Received | null> {
    const { wave, handlers } = this.#options
    const { command } = undo
    const rows = await wave.db.transaction((tx) => lockFences(tx, [command]))
    const row = rows.get(command.sagaId)
    if (row?.state !== 'asked' || row.bodyHash === null) return null
    const { name } = undo.handler.contract
    const handler = [...handlers.values()].find(({ contract }) => contract.undo?.name === name)
    if (handler === undefined) throw participantError('OUTSIDE_UNSETTLED', { id: command.id })
    const id = `${command.sagaId}/${command.step}/do/${command.visit}` as MessageId
    const own = { handler, bodyHash: row.bodyHash, olderHashes: [], payloadProblem: null }
    return { ...undo, ...own, direction: 'do', command: { ...command, id } }
  }

  #giveUp(received: Received, error: unknown): Answered {
    return this.#answered(received, 'failed', failureReason({ type: 'failed', received, error }))
  }

  #answered(received: Received, outcome: 'failed' | 'refused', data: unknown): Answered {
    const answer = encrypted(received, plainAnswer(outcome, data), this.#options.cipher)
    return { type: 'answered', received, answer }
  }

  #logFailure({ command, handler }: Received, { attempt, error }: Failure): void {
    const { id, sagaId, step, traceparent } = command
    const { contract } = handler
    const what = { id, sagaId, step, command: contract.name, ...traceFields(traceparent) }
    const fields = { ...what, attempt, error: loggable(contract, error) }
    this.#options.log.warn('participant.outside.failed', fields)
  }
}

type Failure = { readonly attempt: number; readonly error: unknown }
