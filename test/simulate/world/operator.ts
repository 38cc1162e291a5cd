// The person of a run: looks after sagas that are stuck or paused, and tries, skips or resumes them
// until none is left.
import type { Clock } from '../../../messaging/clock.ts'
import type { SagaId } from '../../../messaging/message.ts'
import type { Operated } from '../../../orchestrator/engine/event.ts'
import type { Trouble } from '../../../orchestrator/engine/saga.ts'
import type { SimGiven } from './sim-given.ts'
import type { SimProcess } from './sim-process.ts'

const lookMs = 1_500
/** A saga that is tried in vain this often is skipped over, or abandoned. */
const retriesMax = 6

export async function runOperator(
  given: SimGiven & { readonly clock: Clock; readonly orchestrators: readonly SimProcess[] },
): Promise<never> {
  const { clock, random, story } = given
  const tried = new Map<SagaId, number>()
  for (let round = 1; ; round += 1) {
    await clock.wait(lookMs)
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

function eventFor(given: {
  readonly status: string
  readonly stuck: Trouble | null
  readonly times: number
  readonly requestId: string
}): Operated {
  const { status, stuck, times, requestId } = given
  const by = { type: 'operated', requestId, actor: 'operator', reason: 'routine' } as const
  if (status === 'paused') return { ...by, verb: 'resume' }
  if (times <= retriesMax || stuck === null) return { ...by, verb: 'retry' }
  return { ...by, verb: 'abandon' }
}
