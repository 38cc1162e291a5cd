// Walks random sagas through random failures in virtual time. A run that breaks a promise shrinks
// to the smallest one, which is told as a transcript.
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import { advance } from '../../orchestrator/engine/advance.ts'
import { isEnded, type Saga } from '../../orchestrator/engine/saga.ts'
import { FenceWorld } from '../engine/fence-world.ts'
import { SagaRun } from '../engine/saga-run.ts'
import { printAdvance } from '../transcripts/print.ts'
import { checkEnd } from './check-end.ts'
import { type Happening, Happens, happenings } from './happenings.ts'
import { sagaShapes } from './random-shape.ts'
import { type ExploredSaga, makeSaga, type SagaShape } from './shape.ts'

export type Explored = {
  readonly runs: number
  /** By fact type and status: in how many runs it was seen. */
  readonly seen: ReadonlyMap<string, number>
  /** The smallest run that breaks a promise, as a transcript; null when there is none. */
  readonly failure: string | null
}

/** After what happened, this many rounds must do to end any saga. */
const roundsMax = 3_000

export function explore(options: { readonly runs: number; readonly seed: number }): Explored {
  const seen = new Map<string, number>()
  const runs = fc.property(
    sagaShapes,
    fc.array(happenings, { maxLength: 60, size: 'max' }),
    (shape, events) => {
      const run = live(shape, events)
      for (const thing of run.seen) seen.set(thing, (seen.get(thing) ?? 0) + 1)
    },
  )
  const result = fc.check(runs, { numRuns: options.runs, seed: options.seed })
  if (!result.failed) return { runs: result.numRuns, seen, failure: null }
  const [shape, events] = result.counterexample ?? []
  const reason = result.errorInstance instanceof Error ? result.errorInstance.message : 'it failed'
  const told = shape && events ? tell(shape, events) : []
  return { runs: result.numRuns, seen, failure: [reason, ...told].join('\n') }
}

function live(shape: SagaShape, events: readonly Happening[]): SagaRun {
  const explored = makeSaga(shape)
  const run = runOf(explored)
  play(run, explored, events)
  if (!isDeepStrictEqual(run.replayed(), run.saga)) throw new Error('broken: replay gives the saga')
  return run
}

function runOf({ definition }: ExploredSaga): SagaRun {
  return new SagaRun(definition, new FenceWorld(({ visit }) => ({ visit })))
}

function play(run: SagaRun, explored: ExploredSaga, events: readonly Happening[]): void {
  const happens = new Happens(run, explored)
  for (const event of events) happens.happen(event)
  settle(run, happens)
  checkEnd(run, explored)
}

/** From here on participants answer and a person looks after what is stuck or held. */
function settle(run: SagaRun, happens: Happens): void {
  for (let round = 0; !isEnded(run.saga); round++) {
    if (round > roundsMax) throw new Error(`broken: it ends, but it is ${run.saga.status}`)
    if (run.saga.status === 'paused') happens.operate('resume')
    if (run.saga.status === 'stuck') happens.operate('retry')
    for (const command of pendingOf(run)) run.apply(run.world.handle(command, 'succeeded'))
    if (!isEnded(run.saga)) happens.happen({ type: 'wake' })
  }
}

function pendingOf({ saga, world }: SagaRun) {
  const pending = saga.steps.filter(
    ({ outcome, undo }) => outcome === 'pending' || undo === 'pending',
  )
  return pending.flatMap(({ name, visit }) => {
    const sent = world.sent.findLast((command) => command.step === name && command.visit === visit)
    return sent ?? []
  })
}

/** The counterexample once more, event by event, as transcripts are written. */
function tell(shape: SagaShape, events: readonly Happening[]): readonly string[] {
  const explored = makeSaga(shape)
  const run = runOf(explored)
  try {
    play(run, explored, events)
  } catch {
    // It is told up to where it broke.
  }
  return ['', JSON.stringify(shape), '', ...transcript(run.definition, run.recorded)]
}

function transcript(definition: SagaDefinition, recorded: SagaRun['recorded']): readonly string[] {
  let saga: Saga | null = null
  return recorded.flatMap(({ event, now }) => {
    const result = advance(definition, saga, event, now)
    saga = result.saga
    return [`> ${JSON.stringify(event)}`, ...printAdvance(result, now), '']
  })
}
