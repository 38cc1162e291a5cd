// Every promise, checked over the whole history of a world that has come to rest.
import type { World } from '../world/sim-world.ts'
import { checkDeadLetters } from './check-dead-letters.ts'
import { checkDomainEvents } from './check-domain-events.ts'
import { checkEffects } from './check-effects.ts'
import { checkMessages } from './check-messages.ts'
import { checkOrder } from './check-order.ts'
import { checkOutside } from './check-outside.ts'
import { checkSagas } from './check-sagas.ts'
import { checkStarts } from './check-starts.ts'
import { checkTaken } from './check-taken.ts'
import { countHazards } from './hazards.ts'
import { readSagas } from './saga-records.ts'

export function checkWorld(world: World): void {
  const records = readSagas(world)
  checkStarts(world, records)
  checkSagas(world.story, records)
  checkEffects(world, records)
  checkOutside(world, records)
  checkMessages(world, records)
  checkDomainEvents(world)
  checkOrder(world.story, records)
  checkTaken(world, records)
  checkDeadLetters(world)
  countHazards(world, records)
}
