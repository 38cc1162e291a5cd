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
import type { SimOutside } from './sim-outside.ts'

type Work = { readonly name: string; readonly refuses: readonly string[]; readonly lock: string }

/** Work that somebody outside of the database does, and that work of which the undo is theirs too. */
const doneOutside = new Set(['hotel', 'fast'])
const undoneOutside = new Set(['hotel'])

export function worksHandlers(clock: Clock, outside: SimOutside): readonly Handler[] {
  return Object.entries(works).flatMap(([noun, contract]) => {
    const isRefused = ({ payload }: Command) => (payload as Work).refuses.includes(noun)
    const work = async (tx: Tx, command: Command) => {
      await tell(tx, { clock, command, direction: 'do' })
      return succeeded({ by: command.id })
    }
    const doing = doneOutside.has(noun)
      ? outside.handler(contract, { clock, isDeclined: isRefused, settle: work })
      : handle(contract, async (tx, command) =>
          isRefused(command) ? refused('not this one') : work(tx, command),
        )
    if (contract.undo === null) return [doing]
    const undo = undoneOutside.has(noun)
      ? outside.handler(contract.undo, {
          ...{ clock, isDeclined: () => false },
          settle: (tx, command) => tellUndo(tx, clock, command),
        })
      : undoing(clock, contract.undo)
    return [doing, undo]
  })
}

function undoing(clock: Clock, contract: CommandContract): Handler {
  return handle(contract, (tx, command) => tellUndo(tx, clock, command as Command<unknown>))
}

async function tellUndo(tx: Tx, clock: Clock, command: Command) {
  await tell(tx, { clock, command, direction: 'undo' })
  return succeeded()
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
