// Calls the handlers of a wave inside its transaction and checks what they answer. Any fault ends
// the wave by a throw of `waveFailed`, which rolls the transaction back. Called by `run-wave.ts`.
import type { Cipher } from '../messaging/cipher.ts'
import type { Clock } from '../messaging/clock.ts'
import type { Tx } from '../messaging/db.ts'
import { invariant } from '../messaging/errors.ts'
import type { Tracing } from '../messaging/tracing.ts'
import { participantError } from './errors.ts'
import { type Fault, waveFailed } from './fault.ts'
import type { Handler } from './handler.ts'
import { type Outcome, refused } from './outcome.ts'
import { outcomeProblem } from './outcome-problem.ts'
import type { Received } from './received.ts'
import { type ScopedTx, scopeTx } from './scoped-tx.ts'
import { within } from './within.ts'

export type HandlerCalls = {
  readonly clock: Clock
  /** For one command, or for one batch. Shorter than the server's idle-in-transaction limit. */
  readonly handlerMsMax: number
  readonly cipher: Cipher
  readonly tracing: Tracing | null
}

export async function runHandlers(
  calls: HandlerCalls,
  tx: Tx,
  work: readonly Received[],
): Promise<ReadonlyMap<Received, Outcome>> {
  const outcomes = new Map<Received, Outcome>()
  const scope = scopeTx(tx)
  try {
    for (const [handler, commands] of byHandler(work, outcomes)) {
      await runHandler({ ...calls, scope, outcomes }, handler, commands)
    }
  } finally {
    scope.close()
  }
  const faults = [...outcomes].flatMap(([received, outcome]) => faultOf(calls, received, outcome))
  if (faults.length > 0) throw waveFailed({ faults, isCertain: true })
  return outcomes
}

/** A payload that does not fit is refused here, so that the refusal is final like any other. */
function byHandler(
  work: readonly Received[],
  outcomes: Map<Received, Outcome>,
): ReadonlyMap<Handler, readonly Received[]> {
  const groups = new Map<Handler, Received[]>()
  for (const received of work) {
    const { handler, payloadProblem } = received
    if (payloadProblem === null) {
      const group = groups.get(handler)
      if (group === undefined) groups.set(handler, [received])
      else group.push(received)
    } else {
      const details = { name: handler.contract.name, problem: payloadProblem }
      const { code, message } = participantError('PAYLOAD_INVALID', details)
      outcomes.set(received, refused({ code, message }))
    }
  }
  return groups
}

type Calling = HandlerCalls & {
  readonly scope: ScopedTx
  readonly outcomes: Map<Received, Outcome>
}

async function runHandler(
  calling: Calling,
  handler: Handler,
  work: readonly Received[],
): Promise<void> {
  if (handler.type === 'batch') return runBatch(calling, handler, work)
  invariant(handler.type === 'one', 'what is for outside is in no wave')
  for (const received of work) {
    const answered = () => handler.run(calling.scope.tx, received.command)
    const outcome = await blaming(calling, [received], answered)
    calling.outcomes.set(received, outcome)
  }
}

async function runBatch(
  calling: Calling,
  handler: Handler & { readonly type: 'batch' },
  work: readonly Received[],
): Promise<void> {
  await blaming(calling, work, async () => {
    const commands = work.map((received) => received.command)
    const outcomes = await handler.run(calling.scope.tx, commands)
    if (outcomes.length !== work.length) {
      const counts = { answered: outcomes.length, asked: work.length }
      throw participantError('OUTCOMES_MISCOUNTED', { name: handler.contract.name, ...counts })
    }
    work.forEach((received, index) => {
      calling.outcomes.set(received, outcomes[index] as Outcome)
    })
  })
}

/** Runs handler code with its limit; what it throws is the fault of `work`. */
async function blaming<T>(
  calling: Calling,
  work: readonly Received[],
  run: () => Promise<T>,
): Promise<T> {
  const { clock, handlerMsMax: limitMs, scope, tracing } = calling
  const name = work[0]?.handler.contract.name
  const span = work[0]?.span
  const traced = tracing && span ? () => tracing.within(span, run) : run
  try {
    return await within(clock, limitMs, traced, () =>
      participantError('HANDLER_TIMEOUT', { name, limitMs }),
    )
  } catch (error) {
    const trouble = scope.trouble()
    // The database went away under the handler: nobody's fault, all of it comes again.
    if (trouble !== null) throw trouble
    const faults = work.map((received): Fault => ({ type: 'failed', received, error }))
    throw waveFailed({ faults, isCertain: work.length === 1 })
  }
}

function faultOf({ cipher }: HandlerCalls, received: Received, outcome: Outcome): readonly Fault[] {
  // Refused by the kit for its payload, which is no answer of the handler's.
  const error = received.payloadProblem === null ? outcomeProblem(received, outcome, cipher) : null
  if (error !== null) return [{ type: 'failed', received, error }]
  if (received.direction === 'do' || outcome.type === 'succeeded') return []
  return [{ type: 'refused', received, reason: outcome.reason }]
}
