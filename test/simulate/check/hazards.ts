// Recognises the orderings that break sagas, from what a world left behind: each must have been met,
// or the simulation proved nothing about it.
import type { World } from '../world/sim-world.ts'
import type { SagaRecord } from './saga-records.ts'

export function countHazards(world: World, records: readonly SagaRecord[]): void {
  const { story, server } = world
  for (const record of records) countFacts(world, record)
  for (const service of ['orders', 'payments', 'works']) {
    for (const { state } of server.database(service).tables.fence.committed()) {
      if (state === 'blocked') story.seen('compensation before the command')
    }
  }
}

function countFacts({ story }: World, { saga, history, definition }: SagaRecord): void {
  story.seen(`saga ${saga.status}`)
  let isTurned = false
  let isEnded = false
  const timedOut = new Set<string>()
  for (const { event, facts } of history) {
    for (const { type, step = '', attempt = 1 } of facts) {
      if (type === 'saga.compensating') isTurned = true
      if (type === 'step.timed-out') timedOut.add(step)
      if (type === 'command.sent' && attempt > 1) story.seen('lost command or reply: sent again')
      if (type === 'undo.failed' || type === 'undo.timed-out') story.seen('compensation fails')
      if (type === 'undo.refused') story.seen('compensation refused')
      if (type === 'saga.flagged' || type === 'saga.stuck') story.seen(type)
      if (failures.has(type) && definition?.steps.get(step)?.kind === 'retriable') {
        story.seen('step after the pivot fails')
      }
      if (endings.has(type)) isEnded = true
    }
    if (event.type !== 'replied' || !facts.some(({ type }) => type === 'reply.late')) continue
    const step = event.commandId.split('/')[1] ?? ''
    if (timedOut.has(step)) story.seen('reply after the step timed out')
    if (isEnded) story.seen('reply for a finished saga')
    if (isTurned && event.outcome === 'succeeded') {
      story.seen('late success after compensation began')
    }
  }
}

const failures: ReadonlySet<string> = new Set(['step.failed', 'step.timed-out', 'step.refused'])
const endings: ReadonlySet<string> = new Set([
  'saga.completed',
  'saga.compensated',
  'saga.terminated',
  'saga.abandoned',
])
