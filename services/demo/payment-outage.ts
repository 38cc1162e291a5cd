// An order whose payment service dies when it has taken the money and nobody knows yet, and is
// started again only when the saga has given up on an answer. Tells on the way what it sees.
import type { Clock } from '../../orchestrator/index.ts'
import type { SystemProcess } from '../system/system-process.ts'
import type { SagaApi, SagaNow } from './saga-api.ts'

/** Until an outcome is unknown, and until everything is undone; each is some seconds. */
const unknownMsMax = 60_000
const endMsMax = 120_000
const pollMs = 50

export type OutageOptions = {
  readonly api: SagaApi
  readonly payments: SystemProcess
  /** The switch of the payment service for faults on purpose. */
  readonly faultsUrl: string
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly say: (line: string) => void
}

/** Starts the order with `start` and answers its saga as it stands at the end. */
export async function runOutage(
  start: () => Promise<string>,
  options: OutageOptions,
): Promise<SagaNow> {
  const { payments, say, clock, signal } = options
  await injectCrash(options)
  say(`process ${payments.pid} of the payment service will die when it has committed a payment`)
  const id = await start()
  await Promise.race([payments.ended(), clock.wait(unknownMsMax, signal)])
  say('it has died: the money is taken, and nobody was told')
  let attempts = 0
  await until(id, unknownMsMax, options, (saga) => {
    const step = saga.steps.find(({ name }) => name === 'takePayment')
    if (step !== undefined && step.attempts > attempts && step.outcome === 'pending') {
      attempts = step.attempts
      say(`takePayment is sent, attempt ${attempts} of ${step.attemptsMax}; nobody answers`)
    }
    return step?.outcome === 'unknown'
  })
  say('takePayment has an unknown outcome; the payment service is started again')
  await payments.start()
  say(`the payment service is back as process ${payments.pid}`)
  return until(id, endMsMax, options, isAtRest)
}

async function injectCrash({ faultsUrl, signal }: OutageOptions): Promise<void> {
  const fault = { command: 'payments.take-payment', fault: { kind: 'crash-after-commit' } }
  const body = JSON.stringify({ faults: [fault] })
  const { status } = await fetch(faultsUrl, { method: 'PUT', body, signal })
  if (status !== 200) throw new Error(`The payment service takes no fault: ${status}.`)
}

/** Ended, or waiting for a person: nothing moves it any more by itself. */
export function isAtRest({ status }: SagaNow): boolean {
  return ['completed', 'compensated', 'stuck'].includes(status)
}

/** Answers the saga once it is so, or as it stands at the limit: the verdict then says more. */
async function until(
  id: string,
  limitMs: number,
  { api, clock, signal }: OutageOptions,
  isSo: (saga: SagaNow) => boolean,
): Promise<SagaNow> {
  const startedAt = clock.monotonicMs()
  for (;;) {
    const saga = await api.find(id)
    if (isSo(saga) || isAtRest(saga)) return saga
    if (clock.monotonicMs() - startedAt > limitMs) return saga
    await clock.wait(pollMs, signal)
  }
}
