// How a run is brought to its end: participants answer, time passes, and a person looks after what
// is stuck or held; or nobody does, and it may stay stuck.
import { isParked } from '../../orchestrator/engine/park.ts'
import { isEnded } from '../../orchestrator/engine/saga.ts'
import type { SagaRun } from '../engine/saga-run.ts'
import { check } from './check.ts'
import type { Explored, Happens } from './happens.ts'

/** After what happened, this many rounds must do to end any saga. */
const roundsMax = 3_000
/** A person who has tried that often goes past the step, and gives up some time after that. */
const retriesMax = 20
const skipsMax = 30
/** Besides one for each signal. */
const silentRoundsMax = 20

export function settle(explored: Explored, happens: Happens): void {
  const { run, shape } = explored
  if (shape.isTended) happens.mend()
  // What never works shall be tried until all is used up, not only time out.
  else if (shape.doomed !== null && run.saga.status === 'stuck') happens.operate('retry')
  const signals = explored.saga.signals.length + explored.saga.approvals.length
  let triesOfPerson = 0
  let silentRounds = 0
  for (let round = 0; !isEnded(run.saga); round++) {
    check(round <= roundsMax, `it ends, but it is ${run.saga.status}`)
    if (run.saga.status === 'paused') happens.operate('resume')
    if (run.saga.status === 'waiting') happens.lock()
    if (run.saga.status === 'stuck' && shape.isTended) {
      triesOfPerson += 1
      lookAfter(happens, triesOfPerson, shape.body.type === 'list')
    }
    const open = openOf(run, shape.isTended)
    if (!shape.isTended && run.saga.status === 'stuck' && open.length === 0 && !isAwake(run)) {
      return
    }
    const { revision } = run.saga
    for (const command of open) run.apply(happens.handle(command, 'succeeded'))
    if (!isEnded(run.saga) && run.wakeAt === null && signals > 0) happens.signal(round, true)
    if (!isEnded(run.saga)) happens.happen({ type: 'wake' })
    silentRounds = run.saga.revision === revision ? silentRounds + 1 : 0
    check(silentRounds <= silentRoundsMax + signals, `it goes on, but it is ${run.saga.status}`)
  }
}

const isAwake = ({ wakeAt }: SagaRun) => wakeAt !== null

/** A list of items needs no more than a retry; what a statechart does not lead out of, a skip does
 * or an end. */
function lookAfter(happens: Happens, tries: number, isList: boolean): void {
  if (isList || tries <= retriesMax) happens.operate('retry')
  else if (tries <= skipsMax) happens.operate('skip', tries % 2 === 0 ? 'done' : 'none')
  else happens.operate('abandon')
}

/** The last commands of what is under way, and of what is parked where somebody looks after it. */
function openOf({ saga, world }: SagaRun, isTended: boolean) {
  const open = saga.steps.filter(
    (step) =>
      (step.outcome === 'pending' || step.undo === 'pending') && (isTended || !isParked(step)),
  )
  return open.flatMap(({ name, visit }) => {
    const sent = world.sent.findLast((command) => command.step === name && command.visit === visit)
    return sent ?? []
  })
}
