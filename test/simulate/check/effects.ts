// What the services of a world really did, step by step: counted from their business rows and from
// the effects that the simulation's own service told of, not from the fence.

import { worksEventsTopic } from '../world/sim-contracts.ts'
import type { World } from '../world/sim-world.ts'
import { readText } from './read-records.ts'

/** By `saga/step/visit/direction`: how often it was done. */
export type Effects = ReadonlyMap<string, number>

export function readEffects(world: World): Effects {
  const effects = new Map<string, number>()
  const add = (key: string) => effects.set(key, (effects.get(key) ?? 0) + 1)
  for (const { saga_id, status } of world.server.database('orders').tables.orders.committed()) {
    add(`${saga_id}/createOrder/1/do`)
    if (status === 'CANCELLED') add(`${saga_id}/createOrder/1/undo`)
    if (status === 'COMPLETED') add(`${saga_id}/completeOrder/1/do`)
  }
  for (const { saga_id, status } of world.server.database('payments').tables.payments.committed()) {
    if (status !== 'DECLINED') add(`${saga_id}/takePayment/1/do`)
    if (status === 'REFUNDED') add(`${saga_id}/takePayment/1/undo`)
  }
  for (const id of toldEffects(world)) add(id.slice(0, id.lastIndexOf('/')))
  return effects
}

/** Each execution of a handler has an id of its own; the relay may tell it more than once. */
function toldEffects({ broker }: World): ReadonlySet<string> {
  const ids = new Set<string>()
  for (const log of broker.records(worksEventsTopic)) {
    for (const record of log) ids.add(readText(record, 'ce_id'))
  }
  return ids
}
