// What must hold of starts: a saga for each that was answered, one for each key, and no saga and no
// row of a service that nobody asked for.

import { planOf } from '../world/plan.ts'
import type { World } from '../world/sim-world.ts'
import type { SagaRecord } from './saga-records.ts'

export function checkStarts(world: World, records: readonly SagaRecord[]): void {
  const { story, answers, options } = world
  const ids = new Set<string>(records.map(({ saga }) => saga.id))
  for (const [number, answered] of answers.ids) {
    if (answered.size > 1)
      story.breach('start.two-answers', `s${number}: ${[...answered].join(', ')}`)
    for (const id of answered) if (!ids.has(id)) story.breach('start.lost', `s${number}: ${id}`)
  }
  const owners = new Map<string, string>()
  for (const { saga_id, key } of world.server
    .database('sagas')
    .tables.idempotency_keys.committed()) {
    owners.set(key, saga_id)
    if (!ids.has(saga_id)) story.breach('start.key-without-saga', key)
  }
  for (let number = 0; number < options.sagas; number += 1) {
    const { key } = planOf(options.seed, number, 0)
    const owner = owners.get(key)
    const answered = answers.ids.get(number)
    if (owner === undefined) story.breach('start.forgotten', key)
    else if (answered !== undefined && !answered.has(owner as never)) {
      story.breach('start.other-saga', `${key}: ${owner}`)
    }
  }
  const asked = new Set(owners.values())
  for (const { saga } of records) {
    if (saga.parent === null && !asked.has(saga.id)) story.breach('saga.unasked', saga.id)
  }
  for (const service of ['orders', 'payments', 'works']) {
    for (const { saga_id } of world.server.database(service).tables.fence.committed()) {
      if (!ids.has(saga_id)) story.breach('fence.without-saga', saga_id)
    }
  }
}
