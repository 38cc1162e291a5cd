// Hands each record of one follower to all who listen at the moment.
import type { IncomingRecord } from '../../messaging/bus.ts'
import type { Wire } from './wire.ts'

export type Listeners = {
  readonly tell: (record: IncomingRecord) => void
  readonly listen: Wire['listen']
}

export function createListeners(): Listeners {
  const takers = new Set<(record: IncomingRecord) => void>()
  return {
    tell: (record) => {
      for (const take of takers) take(record)
    },
    listen: (take) => {
      takers.add(take)
      return () => takers.delete(take)
    },
  }
}
