// How a transcript tells what the engine decided. Times are relative to the moment of the event.
import type { Advance, CommandToSend, Fact } from '../../orchestrator/engine/event.ts'
import type { Saga, StepState, Trouble } from '../../orchestrator/engine/saga.ts'

export function printAdvance(result: Advance, now: number): readonly string[] {
  return [
    ...result.facts.map(printFact),
    ...result.commands.map((command) => printCommand(command, now)),
    ...(result.problem === null
      ? []
      : [`  problem: ${result.problem.code} ${result.problem.message}`]),
    `  = ${printState(result, now)}`,
  ]
}

function printFact(fact: Fact): string {
  const { type, step, visit, direction, attempt, detail } = fact
  const where = step === undefined ? [] : [step]
  if (visit !== undefined) where.push(`${direction} visit ${visit}`)
  if (attempt !== undefined) where.push(`attempt ${attempt}`)
  const why = detail === undefined ? [] : [JSON.stringify(detail)]
  return ['  -', type, ...where, ...why].join(' ')
}

function printCommand(command: CommandToSend, now: number): string {
  const { id, contract, attempt, payload } = command
  const [issued, deadline] = [relative(command.issuedAt, now), relative(command.deadline, now)]
  const times = `issued ${issued} deadline ${deadline}`
  return `  > ${contract.name} ${id} attempt ${attempt} ${times} ${JSON.stringify(payload)}`
}

function printState({ saga, wakeAt }: Pick<Advance, 'saga' | 'wakeAt'>, now: number): string {
  const wake = wakeAt === null ? 'no wake' : `wake ${relative(wakeAt, now)}`
  return `${saga.status} in ${JSON.stringify(saga.value)}, revision ${saga.revision}, ${wake}`
}

export function printSaga(saga: Saga, now: number): readonly string[] {
  return [
    `  ${saga.status} in ${JSON.stringify(saga.value)}`,
    ...saga.steps.map((step) => `  ${printStep(step, now)}`),
    ...saga.timers.map(({ id, dueAt }) => `  timer ${id} due ${relative(dueAt, now)}`),
    ...printTrouble('failure', saga.failure),
    ...printTrouble('stuck', saga.stuck),
  ]
}

function printStep(step: StepState, now: number): string {
  const parts = [`${step.name} visit ${step.visit}: ${step.outcome}, undo ${step.undo}`]
  parts.push(`attempts ${step.attempts}/${step.attemptsMax}`)
  if (step.isPaused) parts.push(step.dueAt === null ? 'parked' : 'paused')
  if (step.dueAt !== null) parts.push(`due ${relative(step.dueAt, now)}`)
  if (step.error !== null) parts.push(`error ${JSON.stringify(step.error)}`)
  return parts.join(', ')
}

function printTrouble(title: string, trouble: Trouble | null): readonly string[] {
  if (trouble === null) return []
  const { step, direction, visit, reason } = trouble
  const where = step === null ? 'no step' : `${step} ${direction} visit ${visit}`
  return [`  ${title}: ${where}: ${JSON.stringify(reason)}`]
}

function relative(at: number, now: number): string {
  const ms = at - now
  return `${ms < 0 ? '-' : '+'}${Math.abs(ms)}ms`
}
