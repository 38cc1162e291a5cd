// What must hold of effects outside of the databases: each that happened is on record, and none is
// on record that did not. Only a saga that a person ended may have left one that nobody heard of.
import type { World } from '../world/sim-world.ts'
import { readEffects } from './effects.ts'
import type { SagaRecord } from './saga-records.ts'

export function checkOutside(world: World, records: readonly SagaRecord[]): void {
  const { story, outside } = world
  const told = readEffects(world)
  const statuses = new Map<string, string>(records.map(({ saga }) => [saga.id, saga.status]))
  const done = new Set(
    outside.done().map((id) => {
      const [saga = '', step, direction, visit] = id.split('/')
      return `${saga}/${step}/${visit}/${direction}`
    }),
  )
  for (const key of done) {
    const status = statuses.get(key.slice(0, key.indexOf('/')))
    const isLeft = status === 'terminated' || status === 'abandoned'
    if (!told.has(key) && !isLeft) story.breach('outside.unrecorded', `${key} (${status})`)
  }
  for (const key of told.keys()) {
    const [, step, , direction] = key.split('/')
    const isOutside = step === 'hotel' || (step === 'fast' && direction === 'do')
    if (isOutside && !done.has(key)) story.breach('outside.made-up', key)
  }
}
