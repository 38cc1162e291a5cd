// The handlers of the simulation's own service. Each effect is an event in the outbox, written in
// the handler's transaction under an id of its own: so many ids on the topic, so many effects.
import type { Clock } from '../../../messaging/clock.ts'
import type { CommandContract } from '../../../messaging/contract.ts'
import type { MessageId, SagaId } from '../../../messaging/message.ts'
import {
  type Command,
  event,
  type Handler,
  handle,
  publishEvent,
  refused,
  succeeded,
  type Tx,
} from '../../../participant/index.ts'
import { effectHappened, works, worksService } from './sim-contracts.ts'

type Work = { readonly name: string; readonly refuses: readonly string[]; readonly lock: string }

export function worksHandlers(clock: Clock): readonly Handler[] {
  return Object.entries(works).flatMap(([noun, contract]) => {
    const doing = handle(contract, async (tx, command) => {
      const { refuses } = command.payload as Work
      if (refuses.includes(noun)) return refused('not this one')
      await tell(tx, { clock, command, direction: 'do' })
      return succeeded({ by: command.id })
    })
    return contract.undo === null ? [doing] : [doing, undoing(clock, contract.undo)]
  })
}

function undoing(clock: Clock, contract: CommandContract): Handler {
  return handle(contract, async (tx, command) => {
    await tell(tx, { clock, command: command as Command<unknown>, direction: 'undo' })
    return succeeded()
  })
}

/** What the id of an effect begins with. */
export function effectKey(effect: {
  readonly sagaId: string
  readonly step: string
  readonly visit: number
  readonly direction: string
}): string {
  return `${effect.sagaId}/${effect.step}/${effect.visit}/${effect.direction}`
}

async function tell(
  tx: Tx,
  given: { readonly clock: Clock; readonly command: Command<unknown>; readonly direction: string },
): Promise<void> {
  const { clock, command, direction } = given
  const { sagaId, step, visit } = command as { sagaId: SagaId; step: string; visit: number }
  const data = { sagaId, step, visit, direction }
  await publishEvent(tx, {
    source: worksService,
    id: `${effectKey(data)}/${clock.newId()}` as MessageId,
    event: event(effectHappened, { key: sagaId, data }),
    time: clock.now(),
  })
}
