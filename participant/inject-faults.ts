// Where faults come into a participant: each batch of commands passes here once, on its way from
// intake to the waves. Without faults nothing changes.
import { participantError } from './errors.ts'
import type { Faults } from './faults.ts'
import type { Handler } from './handler.ts'
import type { InjectedFault } from './injected-fault.ts'
import { refused } from './outcome.ts'
import type { Received } from './received.ts'

export type Delayed = { readonly received: Received; readonly ms: number }

export type WithFaults = {
  /** To be handled now; some carry another handler, or a crash. */
  readonly commands: readonly Received[]
  readonly delayed: readonly Delayed[]
}

export function injectFaults(faults: Faults | null, given: readonly Received[]): WithFaults {
  if (faults === null) return { commands: given, delayed: [] }
  const commands: Received[] = []
  const again: Received[] = []
  const delayed: Delayed[] = []
  for (const received of given) {
    const fault = faultOf(faults, received)
    switch (fault?.kind) {
      case undefined:
        commands.push(received)
        break
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
        commands.push({ ...received, crash: fault.kind })
        break
    }
  }
  // Behind all others, as Kafka would bring them again.
  return { commands: [...commands, ...again], delayed }
}

/** What the kit itself refuses for its payload has enough of a fault. */
function faultOf(faults: Faults, { handler, command, payloadProblem }: Received) {
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
