// Commits what came of a command outside of the database: the handler writes it down, and the row
// of the fence that said `asked` says what they did. Called by `outside-calls.ts`.
import { invariant } from '../messaging/errors.ts'
import { participantError } from './errors.ts'
import { decide } from './fence.ts'
import { lockFences, markUndone, settleAsked } from './fence-store.ts'
import { blaming } from './handler-threw.ts'
import type { Outcome } from './outcome.ts'
import { outcomeProblem } from './outcome-problem.ts'
import type { Received } from './received.ts'
import { answerOf, encrypted, plainAnswer } from './reply.ts'
import { type Answered, storedAnswer, undoneFence, type WaveDeps } from './run-wave.ts'
import { scopeTx } from './scoped-tx.ts'
import { within } from './within.ts'

/** Rolls back what an undo wrote that was refused. */
class UndoRefused extends Error {
  readonly reason: unknown
  constructor(reason: unknown) {
    super('an undo was refused')
    this.reason = reason
  }
}

/** Where another instance was first, its answer is the answer. @throws what the handler throws. */
export async function commitOutside(
  deps: WaveDeps,
  received: Received,
  answer: unknown,
): Promise<Answered> {
  try {
    return await deps.db.transaction(async (tx) => {
      const { command, direction } = received
      const row = (await lockFences(tx, [command])).get(command.sagaId) ?? null
      if (row === null) throw participantError('FENCE_EXPIRED', { id: command.id })
      const decision = decide(received, row, new Date(0))
      if (decision.type === 'answer') return { type: 'answered', received, answer: decision.answer }
      if (decision.type === 'mismatch') return { type: 'mismatch', received }
      const outcome = await settle(deps, { tx, received, answer })
      const stored = answerOf(received, outcome, { cipher: deps.cipher, now: deps.clock.now() })
      if (direction === 'undo') await markUndone(tx, [undoneFence(received, stored)])
      else {
        const state = outcome.type === 'succeeded' ? 'done' : 'refused'
        await settleAsked(tx, { ...command, state, ...storedAnswer(stored) })
      }
      await deps.onPoint('participant.before-commit')
      return { type: 'answered', received, answer: stored }
    })
  } catch (error) {
    if (!(error instanceof UndoRefused)) throw error
    const refusal = encrypted(received, plainAnswer('refused', error.reason), deps.cipher)
    return { type: 'answered', received, answer: refusal }
  }
}

type Settling = {
  readonly tx: Parameters<typeof scopeTx>[0]
  readonly received: Received
  readonly answer: unknown
}

async function settle(deps: WaveDeps, { tx, received, answer }: Settling): Promise<Outcome> {
  const { handler, command, direction } = received
  invariant(handler.type === 'outside', 'only what is for outside is settled here')
  const { name } = handler.contract
  const { clock, handlerMsMax: limitMs } = deps
  const scope = scopeTx(tx)
  try {
    const outcome = await within(
      clock,
      limitMs,
      () => blaming(() => handler.work.settle(scope.tx, command, answer)),
      () => participantError('HANDLER_TIMEOUT', { name, limitMs }),
    )
    const problem = outcomeProblem(received, outcome, deps.cipher)
    if (problem !== null) throw problem
    if (direction === 'undo' && outcome.type === 'refused') throw new UndoRefused(outcome.reason)
    return outcome
  } catch (error) {
    throw scope.trouble() ?? error
  } finally {
    scope.close()
  }
}
