// Walks random sagas through random failures in virtual time. Each run has a seed of its own, made
// of the seed and the run's number, so it comes again wherever it is run. A run that breaks a
// promise shrinks to the smallest one, which is told as a transcript.
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { SagalineError } from '../../messaging/errors.ts'
import { advance } from '../../orchestrator/engine/advance.ts'
import { FenceWorld } from '../engine/fence-world.ts'
import { type Recorded, replay, SagaRun } from '../engine/saga-run.ts'
import { printAdvance } from '../transcripts/print.ts'
import { check } from './check.ts'
import { checkEnd } from './check-end.ts'
import { undoCheck } from './check-undo.ts'
import { Fault } from './fault.ts'
import { type Happening, happenings } from './happenings.ts'
import { type Explored, Happens, parentOf } from './happens.ts'
import { type ExploredSaga, makeSaga } from './make-saga.ts'
import { sagaShapes } from './random-shape.ts'
import { runSeed } from './run-seed.ts'
import { settle } from './settle.ts'
import { featuresOf, type SagaShape } from './shape.ts'

export type Exploration = {
  readonly runs: number
  /** By fact type, status, shape and happening: in how many runs it was met. */
  readonly seen: ReadonlyMap<string, number>
  readonly failure: Failure | null
}

export type Failure = {
  /** The number of the run. */
  readonly run: number
  /** The smallest run like it that breaks a promise, as a transcript. */
  readonly text: string
}

type Asked = {
  readonly seed: number
  /** The number of the first run; 0 by default. */
  readonly first?: number
  readonly runs: number
  /** The engine that is explored. */
  readonly advance?: typeof advance
}

const runInputs = [sagaShapes, fc.array(happenings, { maxLength: 60, size: 'max' })] as const

/** Up to the first run that breaks a promise. */
export function explore(asked: Asked): Exploration {
  const { seed, first = 0, runs } = asked
  const seen = new Map<string, number>()
  for (let run = first; run < first + runs; run++) {
    const failure = exploreOne(asked, run, seen)
    if (failure !== null) {
      const command = `npm run explore -- --seed ${seed} --run ${run}`
      const text = [`run ${run} breaks a promise; again with: ${command}`, ...failure].join('\n')
      return { runs: run - first + 1, seen, failure: { run, text } }
    }
  }
  return { runs, seen, failure: null }
}

type Seen = Map<string, number>

/** One run of so many is played again: that takes as long as the run itself. */
const replayedOf = 3

function exploreOne(asked: Asked, run: number, seen: Seen): readonly string[] | null {
  const engine = asked.advance ?? advance
  const property = fc.property(...runInputs, (shape, events) => {
    const { run: lived, met } = live(shape, events, engine)
    if (run % replayedOf === 0) {
      const { saga } = lived
      check(isDeepStrictEqual(lived.replayed(), throughJson(saga)), 'replay gives the saga')
    }
    for (const thing of met) seen.set(thing, (seen.get(thing) ?? 0) + 1)
  })
  // Half of the runs are drawn evenly, the others with more small and more extreme values.
  const unbiased = run % 2 === 0
  const result = fc.check(property, { numRuns: 1, seed: runSeed(asked.seed, run), unbiased })
  if (!result.failed) return null
  const [shape, events] = result.counterexample ?? []
  const { errorInstance } = result
  const reason = errorInstance instanceof Error ? errorInstance.message : 'it failed'
  return [reason, ...(shape && events ? tell(shape, events, engine) : [])]
}

type Engine = typeof advance

function live(shape: SagaShape, events: readonly Happening[], engine: Engine) {
  const explored = begin(shape, { advance: engine, recorded: [], fault: new Fault(shape.fault) })
  const { run } = explored
  play(explored, events)
  return { run, met: new Set([...run.seen, ...featuresOf(shape)]) }
}

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

type Given = {
  readonly advance: Engine
  readonly recorded: Recorded[]
  readonly fault: Fault
}

/** A definition that throws at the start is refused; once it is mended, the saga starts. */
function begin(shape: SagaShape, given: Given): Explored {
  const { fault, recorded } = given
  const saga = makeSaga(shape, fault)
  fault.isOn = shape.fault !== null
  try {
    return start(shape, saga, given)
  } catch (error) {
    const isRefused = error instanceof SagalineError && error.code === 'SAGA_DEFINITION_FAILED'
    if (!isRefused || !fault.isOn) throw error
    fault.isOn = false
    recorded.length = 0
    const explored = start(shape, saga, given)
    explored.run.seen.add('happened start refused')
    return explored
  }
}

function start(shape: SagaShape, saga: ExploredSaga, given: Given): Explored {
  const isChild = (step: string) => saga.children.has(step)
  const world = new FenceWorld(({ visit }) => ({ visit }), isChild)
  const current = { saga }
  const run = new SagaRun(saga.definition, world, {
    ...given,
    ...(shape.laterMs !== null && { later: shape.laterMs }),
    ...(shape.isChild && { parent: parentOf }),
    onAdvance: undoCheck(current),
  })
  return Object.assign(current, { run, shape, fault: given.fault })
}

function play(explored: Explored, events: readonly Happening[]): void {
  const happens = new Happens(explored)
  for (const event of events) happens.happen(event)
  settle(explored, happens)
  if (explored.run.recorded.some(({ event }) => event.type === 'revoked')) {
    // A parent whose undo is not answered asks once more.
    happens.revoke()
    settle(explored, happens)
  }
  checkEnd(explored, happens)
}

/** The counterexample once more, event by event, as transcripts are written. */
function tell(shape: SagaShape, events: readonly Happening[], engine: Engine): readonly string[] {
  const given = { advance: engine, recorded: [], fault: new Fault(shape.fault) }
  try {
    play(begin(shape, given), events)
  } catch {
    // It is told up to where it broke.
  }
  return ['', JSON.stringify(shape), '', ...transcript(given)]
}

function transcript(given: Given): readonly string[] {
  const told: string[] = []
  try {
    for (const { event, isBroken, definition, now, ...result } of replay(given.recorded, given)) {
      const broken = isBroken ? ', its definition broken' : ''
      told.push(`> ${JSON.stringify(event)} (version ${definition.version}${broken})`)
      told.push(...printAdvance(result, now), '')
    }
  } catch (error) {
    told.push(`  ! ${error}`)
  }
  return told
}
