// Why a saga turned back, or what is flagged, where no single step is to blame.
import type { Json } from '../../messaging/message.ts'
import type { Trouble } from './saga.ts'

export function troubleFor(reason: Json): Trouble {
  return { step: null, visit: 0, direction: 'do', reason }
}

/** The saga that started this one turned back. */
export const takenBack = troubleFor('its parent takes it back')
