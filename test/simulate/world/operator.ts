// The person of a run: looks after sagas that are stuck or paused, and tries, skips or resumes them
// until none is left.
import type { Clock } from '../../../messaging/clock.ts'
import type { SagaId } from '../../../messaging/message.ts'
import type { Operated } from '../../../orchestrator/engine/event.ts'
import type { Trouble } from '../../../orchestrator/engine/saga.ts'
import { epochMs } from '../sim-clock.ts'
import type { SimGiven } from './sim-given.ts'
import type { SimProcess } from './sim-process.ts'

const lookMs = 1_500
const lateMs = 1_000
/** A step that is tried in vain this often is skipped, and a saga abandoned. */
const retriesMax = 3
const skipsMax = 5

export async function runOperator(
  given: SimGiven & { readonly clock: Clock; readonly orchestrators: readonly SimProcess[] },
): Promise<never> {
  const { clock, random, story } = given
  const tried = new Map<SagaId, number>()
  for (let round = 1; ; round += 1) {
    await clock.wait(lookMs)
    countLateTimers(given)
    for (const { committed } of given.server.database('sagas').tables.sagas.rows.values()) {
      const status = committed?.status
      if (status !== 'stuck' && status !== 'paused') continue
      const id = committed?.id as SagaId
      const times = (tried.get(id) ?? 0) + 1
      tried.set(id, times)
      const { stuck } = JSON.parse(committed?.snapshot ?? '') as { readonly stuck: Trouble | null }
      const event = eventFor({ status, stuck, times, requestId: `operator/${id}/${round}` })
      const process = random.pick(given.orchestrators)
      void process
        .call((one) => one.operate(id, event))
        .then(
          () => story.seen(`operator: ${event.verb}`),
          () => undefined,
        )
    }
  }
}

/** Nobody may have been there to wake them in time. */
function countLateTimers({ server, scheduler, story }: SimGiven): void {
  const lateFrom = epochMs + scheduler.nowMs - lateMs
  for (const { committed } of server.database('sagas').tables.timers.rows.values()) {
    if (committed !== null && committed.due_at < lateFrom) story.seen('timer late')
  }
}

function eventFor(given: {
  readonly status: string
  readonly stuck: Trouble | null
  readonly times: number
  readonly requestId: string
}): Operated {
  const { status, stuck, times, requestId } = given
  const by = { type: 'operated', requestId, actor: 'operator', reason: 'routine' } as const
  if (status === 'paused') return { ...by, verb: 'resume' }
  if (times <= retriesMax || stuck?.step == null) return { ...by, verb: 'retry' }
  // What is left out of its own step, or stays, is for a person to say; now and then he gives up.
  if (times > skipsMax) return { ...by, verb: 'abandon' }
  return { ...by, verb: 'skip', step: stuck.step, visit: stuck.visit, effect: 'none' }
}
