// The beginning of a saga: at once, later, or when it holds its semantic locks.
import { chartOf } from './chart.ts'
import { beginCompensation } from './compensate.ts'
import type { Started } from './event.ts'
import { applyChartMove } from './forward.ts'
import { type Move, patchSaga } from './move.ts'
import { guarded } from './statechart.ts'
import { troubleFor } from './trouble.ts'

/** @throws SAGA_DEFINITION_FAILED when a function of the definition throws. */
export function start(move: Move, { input, startAt, parent, subjectKey }: Started): void {
  const locks = guarded({ id: move.definition.name }, () => move.definition.locks(input))
  patchSaga(move, { input, locks, parent: parent ?? null, subjectKey: subjectKey ?? null })
  if (startAt !== undefined && startAt > move.now) {
    patchSaga(move, { status: 'scheduled', startDueAt: startAt })
    move.facts.push({ type: 'saga.scheduled', detail: { startAt } })
  } else begin(move)
}

/** Its time has come: it runs, unless it must wait for its locks. */
export function begin(move: Move): void {
  const { locks } = move.saga
  if (locks.length === 0) {
    run(move)
    return
  }
  const startDueAt = move.now + move.definition.lockTimeoutMs
  patchSaga(move, { status: 'waiting', startDueAt })
  move.facts.push({ type: 'saga.waiting', detail: { locks } })
}

export function run(move: Move): void {
  const { definition, now } = move
  const { input, revision } = move.saga
  const deadlineAt = definition.deadlineMs === null ? null : now + definition.deadlineMs
  const begunAt = revision === 0 ? null : now
  patchSaga(move, { status: 'running', startDueAt: null, begunAt, input: null, deadlineAt })
  move.facts.push({ type: 'saga.started' })
  applyChartMove(move, chartOf(definition).start(input), troubleFor(null))
}

/** It did not get its locks in time; nothing was done, so nothing is undone. */
export function giveUpWaiting(move: Move): void {
  beginCompensation(move, troubleFor('its locks were not free in time'))
}
