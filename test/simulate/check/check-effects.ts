// The balance of effects: none twice, no undo without its do, and for each step of each saga exactly
// what the saga says of it.
import type { Saga, StepState } from '../../../orchestrator/engine/saga.ts'
import type { World } from '../world/sim-world.ts'
import { type Effects, readEffects } from './effects.ts'
import type { SagaRecord } from './saga-records.ts'

export function checkEffects(world: World, records: readonly SagaRecord[]): void {
  const { story } = world
  const effects = readEffects(world)
  for (const [key, times] of effects) {
    if (times > 1) story.breach('effect.twice', `${key}: ${times}`)
    if (key.endsWith('/undo') && !effects.has(`${key.slice(0, -4)}do`)) {
      story.breach('effect.undo-without-do', key)
    }
  }
  const explained = new Set<string>()
  for (const { saga, definition } of records) {
    for (const step of saga.steps) {
      const prefix = `${saga.id}/${step.name}/${step.visit}/`
      explained.add(prefix)
      const isChild = definition?.steps.get(step.name)?.child != null
      const problem = isChild ? null : problemOf(saga, step, effects)
      if (problem !== null) story.breach(problem, describe(saga, step))
    }
  }
  for (const key of effects.keys()) {
    const prefix = key.slice(0, key.lastIndexOf('/') + 1)
    if (!explained.has(prefix)) story.breach('effect.without-step', key)
  }
  checkChildren(world, records)
}

function describe({ id, name, status }: Saga, step: StepState): string {
  return `${id} ${name} (${status}): ${step.name}/${step.visit} is ${step.outcome}, undo ${step.undo}`
}

function problemOf(saga: Saga, step: StepState, effects: Effects): string | null {
  const prefix = `${saga.id}/${step.name}/${step.visit}/`
  const isDone = effects.has(`${prefix}do`)
  const isUndone = effects.has(`${prefix}undo`)
  // What a person left as it is may be either way.
  const isLeft = saga.status === 'abandoned' || saga.status === 'terminated'
  if (step.undo === 'skipped' || step.outcome === 'skipped') return null
  if (step.undo === 'done') {
    if (isDone !== isUndone) return 'effect.not-undone'
    return step.outcome === 'done' && !isDone ? 'effect.missing' : null
  }
  if (step.outcome === 'refused') return isDone ? 'effect.of-refused' : null
  if (isLeft) {
    const isFlagged = saga.flags.some((one) => one.step === step.name && one.visit === step.visit)
    return isDone && step.outcome !== 'done' && !isFlagged ? 'effect.left-unflagged' : null
  }
  if (step.outcome !== 'done') return 'effect.of-unsettled'
  if (!isDone) return 'effect.missing'
  return isUndone ? 'effect.undone-unasked' : null
}

/** What the step of a parent says of its child is what became of it. */
function checkChildren({ story }: World, records: readonly SagaRecord[]): void {
  const children = new Map<string, SagaRecord>()
  for (const record of records) {
    const { parent } = record.saga
    if (parent === null) continue
    const key = `${parent.sagaId}/${parent.step}/${parent.visit}`
    if (children.has(key)) story.breach('child.twice', key)
    children.set(key, record)
  }
  for (const { saga, definition } of records) {
    for (const step of saga.steps) {
      const isChild = definition?.steps.get(step.name)?.child != null
      if (!isChild || saga.status === 'abandoned' || saga.status === 'terminated') continue
      const child = children.get(`${saga.id}/${step.name}/${step.visit}`)?.saga.status ?? 'none'
      if (!fits(step, child))
        story.breach('child.disagrees', `${describe(saga, step)}; child is ${child}`)
    }
  }
}

function fits({ outcome, undo }: StepState, child: string): boolean {
  // A person ended it, and with it the rule.
  if (child === 'abandoned' || child === 'terminated') return true
  if (undo === 'skipped' || outcome === 'skipped') return true
  if (undo === 'done') return child === 'compensated' || child === 'none'
  if (outcome === 'done') return child === 'completed'
  return child === 'compensated' || child === 'none'
}
