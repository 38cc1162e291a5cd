// Where faults come into a participant: each batch of commands passes here once, on its way from
// intake to the waves. Without faults nothing changes.
import { participantError } from './errors.ts'
import type { Faults, TakenFault } from './faults.ts'
import type { Handler } from './handler.ts'
import type { InjectedFault } from './injected-fault.ts'
import { refused } from './outcome.ts'
import type { Received } from './received.ts'

export type Delayed = { readonly received: Received; readonly ms: number }

export type WithFaults = {
  /** To be handled now; some carry another handler, or a crash. */
  readonly commands: readonly Received[]
  readonly delayed: readonly Delayed[]
  /** All will be delivered again: only crashes that happened are used up then. */
  readonly giveBack: () => void
}

export function injectFaults(faults: Faults | null, given: readonly Received[]): WithFaults {
  if (faults === null) return { commands: given, delayed: [], giveBack: () => undefined }
  const commands: Received[] = []
  const again: Received[] = []
  const delayed: Delayed[] = []
  const unused = new Set<TakenFault>()
  const crash = (taken: TakenFault) => {
    unused.delete(taken)
    return faults.crash()
  }
  for (const received of given) {
    const taken = faultOf(faults, received)
    if (taken === null) {
      commands.push(received)
      continue
    }
    unused.add(taken)
    const { fault } = taken
    switch (fault.kind) {
      case 'time-out':
        break
      case 'delay':
        delayed.push({ received, ms: fault.ms })
        break
      case 'duplicate':
        commands.push(received)
        again.push(received)
        break
      case 'decline':
      case 'throw':
        commands.push({ ...received, handler: faultyHandler(received.handler, fault) })
        break
      case 'crash-before-commit':
      case 'crash-after-commit':
        commands.push({ ...received, crash: { at: fault.kind, happen: () => crash(taken) } })
        break
    }
  }
  const giveBack = () => {
    for (const taken of unused) taken.giveBack()
    unused.clear()
  }
  // Behind all others, as Kafka would bring them again.
  return { commands: [...commands, ...again], delayed, giveBack }
}

/** What the kit itself refuses for its payload has enough of a fault. */
function faultOf(
  faults: Faults,
  { handler, command, payloadProblem }: Received,
): TakenFault | null {
  if (payloadProblem !== null) return null
  return faults.take({ name: handler.contract.name, step: command.step })
}

type Handled = InjectedFault & { readonly kind: 'decline' | 'throw' }

function faultyHandler({ contract }: Handler, fault: Handled): Handler {
  const { name } = contract
  return {
    type: 'one',
    contract,
    run: async () => {
      if (fault.kind === 'decline') return refused(fault.reason)
      throw participantError('FAULT_THROWN', { name, problem: fault.message ?? 'on purpose' })
    },
  }
}
