// The commands of the simulation's own service, and the signal that some of its sagas wait for.
import { Type } from 'typebox'
import { defineCommand, defineEvent } from '../../../messaging/contract.ts'
import { defineSignal } from '../../../orchestrator/definition/define-signal.ts'

export const worksTopic = 'works.commands'
export const worksEventsTopic = 'works.events'
export const worksService = 'works'

export const Work = Type.Object(
  {
    /** What the saga is called by its client. */
    name: Type.String(),
    /** Steps that refuse, by the noun of their command. */
    refuses: Type.Array(Type.String()),
    /** The lock that it wants. */
    lock: Type.String(),
  },
  { additionalProperties: false },
)

export const Done = Type.Object({ by: Type.String() }, { additionalProperties: false })

/** A piece of work that can be undone. */
export function undoable(noun: string) {
  const undo = defineCommand({ name: `works.undo-${noun}`, topic: worksTopic, payload: Work })
  return defineCommand({
    name: `works.do-${noun}`,
    topic: worksTopic,
    payload: Work,
    reply: Done,
    undo,
  })
}

/** A piece of work that stays. */
export function lasting(noun: string) {
  return defineCommand({ name: `works.do-${noun}`, topic: worksTopic, payload: Work, reply: Done })
}

export const works = {
  car: undoable('car'),
  hotel: undoable('hotel'),
  flight: undoable('flight'),
  seat: undoable('seat'),
  draft: undoable('draft'),
  part: undoable('part'),
  wrap: undoable('wrap'),
  fast: undoable('fast'),
  slow: undoable('slow'),
  book: lasting('book'),
  ticket: lasting('ticket'),
  print: lasting('print'),
}

/** Told through the outbox, in the transaction of the effect: one execution, one id. */
export const effectHappened = defineEvent({
  name: 'works.effect',
  topic: worksEventsTopic,
  data: Type.Object({
    sagaId: Type.String(),
    step: Type.String(),
    visit: Type.Integer(),
    direction: Type.String(),
  }),
})

export const goAhead = defineSignal({ name: 'goAhead', data: Type.Object({ by: Type.String() }) })
