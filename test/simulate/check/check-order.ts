// What must hold of the order and the times in a saga's history: undos go backwards, and nothing
// times out before its time.
import type { Story } from '../story.ts'
import type { SagaRecord } from './saga-records.ts'

export function checkOrder(story: Story, records: readonly SagaRecord[]): void {
  for (const record of records) {
    checkUndoOrder(story, record)
    checkTimeouts(story, record)
  }
}

/** Of steps outside of parallel branches, which have an order of their own. */
function checkUndoOrder(story: Story, { saga, history }: SagaRecord): void {
  const places = new Map<string, number>()
  saga.steps.forEach(({ name, visit, order }, index) => {
    if (order === undefined) places.set(`${name}/${visit}`, index)
  })
  let last = Number.POSITIVE_INFINITY
  for (const { facts } of history) {
    for (const { type, direction, step, visit, attempt } of facts) {
      if (type !== 'command.sent' || direction !== 'undo' || attempt !== 1) continue
      const place = places.get(`${step}/${visit}`)
      if (place === undefined) continue
      if (place >= last) story.breach('undo.out-of-order', `${saga.id} ${saga.name}: ${step}`)
      last = place
    }
  }
}

function checkTimeouts(story: Story, { saga, definition, history }: SagaRecord): void {
  const sentAt = new Map<string, number>()
  for (const { at, facts } of history) {
    for (const { type, direction, step = '', visit } of facts) {
      if (type === 'command.sent') sentAt.set(`${direction} ${step}/${visit}`, at)
      const timedOut = timeouts[type]
      const policies = definition?.steps.get(step)
      if (timedOut === undefined || policies === undefined) continue
      const policy = timedOut === 'do' ? policies.retry : policies.undoRetry
      const sent = sentAt.get(`${timedOut} ${step}/${visit}`) ?? 0
      if (at - sent < policy.timeoutMs) {
        story.breach(
          'timer.too-early',
          `${saga.id} ${saga.name}: ${type} ${step} after ${at - sent} ms`,
        )
      }
    }
  }
}

const timeouts: Readonly<Record<string, 'do' | 'undo'>> = {
  'step.timed-out': 'do',
  'undo.timed-out': 'undo',
}
