// What must hold of each saga alone: it ended, its history is whole and gives the saga again when it
// is folded, its steps fit its end, and it never turned back past its pivot.
import { advance } from '../../../orchestrator/engine/advance.ts'
import type { SagaEvent } from '../../../orchestrator/engine/event.ts'
import { isEnded, type Saga, type StepState } from '../../../orchestrator/engine/saga.ts'
import { toSnapshot } from '../../../orchestrator/store/saga-rows.ts'
import type { Story } from '../story.ts'
import type { SagaRecord } from './saga-records.ts'

type Check = (record: SagaRecord, say: (name: string, subject: string) => void) => void

export function checkSagas(story: Story, records: readonly SagaRecord[]): void {
  for (const record of records) {
    const { id, name, status } = record.saga
    const say = (what: string, subject: string) =>
      story.breach(what, `${id} ${name} (${status}): ${subject}`)
    for (const check of checks) check(record, say)
  }
}

const checkEnd: Check = ({ saga, endedAt }, say) => {
  if (isEnded(saga) !== (endedAt !== null)) say('saga.end-not-dated', `ended at ${endedAt}`)
}

const checkHistory: Check = ({ saga, history }, say) => {
  const isWhole = history.length === saga.revision && history.every(({ seq }, at) => seq === at + 1)
  if (!isWhole) say('history.gap', `${history.length} entries of ${saga.revision}`)
  if (history.at(-1)?.status !== saga.status)
    say('history.end-differs', `${history.at(-1)?.status}`)
  let last = 0
  for (const { at, seq } of history) {
    if (at < last) say('history.time-goes-back', `entry ${seq}`)
    last = at
  }
}

const checkSendings: Check = ({ history }, say) => {
  const sent = new Set<string>()
  for (const { facts } of history) {
    for (const { type, step, visit, direction, attempt } of facts) {
      if (type !== 'command.sent') continue
      const key = `${step}/${visit}/${direction}#${attempt}`
      if (sent.has(key)) say('history.sent-twice', key)
      sent.add(key)
    }
  }
}

/** What is asked for under one id is carried out once. */
const checkRequests: Check = ({ history }, say) => {
  const taken = new Set<string>()
  for (const { event, facts } of history) {
    const key = event.type === 'operated' ? event.requestId : signalOf(event)
    if (key === null || facts.every(({ type }) => type === 'event.held')) continue
    if (taken.has(key)) say('request.twice', key)
    taken.add(key)
  }
}

function signalOf(event: SagaEvent): string | null {
  return event.type === 'signalled' ? `signal ${event.id}` : null
}

/** The engine’s own rules hold, so that nothing is stuck for a bug. */
const checkBugs: Check = ({ history }, say) => {
  for (const { seq, facts } of history) {
    const text = JSON.stringify(facts)
    if (text.includes('INVARIANT_BROKEN') || text.includes('"INTERNAL"')) {
      say('saga.bug', `entry ${seq}: ${text.slice(0, 300)}`)
    }
  }
}

const checkReplay: Check = ({ saga, snapshot, definition, history }, say) => {
  if (definition === null) return say('replay.no-definition', `version ${saga.version}`)
  let played: Saga | null = null
  for (const { event, at, seq } of history) {
    const step = advance(definition, played, event, at)
    if (step.problem !== null) return say('replay.refused', `entry ${seq}: ${step.problem.message}`)
    played = step.saga
  }
  const same = played !== null && JSON.stringify(toSnapshot(played)) === snapshot
  if (!same || played?.status !== saga.status) say('replay.differs', `${played?.status}`)
}

const checkSteps: Check = ({ saga }, say) => {
  for (const step of saga.steps) {
    const problem = problemOf(saga, step)
    if (problem !== null) {
      say(
        'saga.step-contradicts-end',
        `${step.name}/${step.visit} ${step.outcome}/${step.undo}: ${problem}`,
      )
    }
  }
}

function problemOf({ status }: Saga, { outcome, undo, error }: StepState): string | null {
  const isUndone = undo === 'done' || undo === 'skipped'
  if (undo === 'pending' && status !== 'abandoned' && status !== 'terminated') return 'undo pending'
  switch (status) {
    case 'completed':
      if (outcome === 'done' || outcome === 'skipped') return null
      if (outcome === 'refused') return null
      return isUndone ? null : `left as it is: ${JSON.stringify(error)}`
    case 'compensated':
      if (outcome === 'refused' || outcome === 'skipped') return null
      return isUndone ? null : 'not undone'
    default:
      return null
  }
}

const checkPivot: Check = ({ saga, definition }, say) => {
  if (saga.status !== 'compensated' || definition === null) return
  const passed = saga.steps.find(
    ({ name, outcome }) =>
      outcome === 'done' && definition.steps.get(name)?.kind !== 'compensatable',
  )
  if (passed !== undefined) say('saga.turned-back-past-pivot', passed.name)
}

const checks: readonly Check[] = [
  checkEnd,
  checkHistory,
  checkSendings,
  checkRequests,
  checkBugs,
  checkReplay,
  checkSteps,
  checkPivot,
]
