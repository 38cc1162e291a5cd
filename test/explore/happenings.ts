// What may happen around a saga: participants, the network, time, people. A run is a list of these.
import fc from 'fast-check'
import type { Json } from '../../messaging/message.ts'
import type { SagaEvent, Verb } from '../../orchestrator/engine/event.ts'
import type { Behaviour } from '../engine/fence-world.ts'
import type { SagaRun } from '../engine/saga-run.ts'
import type { ExploredSaga } from './shape.ts'

export type Happening =
  | { readonly type: 'handle'; readonly pick: number; readonly behaviour: Behaviour }
  | { readonly type: 'deliver' | 'malform' | 'foreign'; readonly pick: number }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'wake' }
  | { readonly type: 'operate'; readonly verb: Verb; readonly effect: 'done' | 'none' }
  | { readonly type: 'repeat-request' }
  | { readonly type: 'signal'; readonly pick: number; readonly isYes: boolean }

/** Picks count from the newest: most of what happens concerns what is under way. */
const picks = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat() })
const behaviours = fc.oneof(
  { weight: 8, arbitrary: fc.constant('succeeded' as const) },
  { weight: 1, arbitrary: fc.constant('refused' as const) },
  { weight: 2, arbitrary: fc.constant('failed' as const) },
)
const verbs = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('retry' as const, 'skip' as const) },
  { weight: 3, arbitrary: fc.constantFrom('pause' as const, 'resume' as const) },
  { weight: 1, arbitrary: fc.constantFrom('cancel' as const, 'abandon' as const) },
  { weight: 1, arbitrary: fc.constant('terminate' as const) },
)

export const happenings: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ type: fc.constant('handle'), pick: picks, behaviour: behaviours }),
  },
  { weight: 9, arbitrary: fc.record({ type: fc.constant('deliver'), pick: picks }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('malform', 'foreign'), pick: picks }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('wait'), ms: fc.nat({ max: 500 }) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('wake') }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('operate'),
      verb: verbs,
      effect: fc.constantFrom('done', 'none'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('repeat-request') }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('signal'), pick: fc.nat(), isYes: fc.boolean() }),
  },
)

export class Happens {
  readonly run: SagaRun
  readonly explored: ExploredSaga
  #ids = 0
  #lastRequest: SagaEvent | null = null

  constructor(run: SagaRun, explored: ExploredSaga) {
    this.run = run
    this.explored = explored
  }

  happen(what: Happening): void {
    const { run } = this
    if (what.type === 'handle') {
      const command = newest(run.world.sent, what.pick)
      if (command) run.world.handle(command, what.behaviour)
    } else if (what.type === 'deliver') {
      const reply = newest(run.world.replies, what.pick)
      if (reply) run.apply(reply)
    } else if (what.type === 'wait') {
      run.now += what.ms
    } else if (what.type === 'wake') {
      run.now = Math.max(run.now, run.wakeAt ?? 0)
      run.apply({ type: 'woken' })
    } else if (what.type === 'operate') this.operate(what.verb, what.effect)
    else if (what.type === 'repeat-request') this.#repeatRequest()
    else if (what.type === 'signal') this.#signal(what.pick, what.isYes)
    else this.#misanswer(what.type, what.pick)
  }

  operate(verb: Verb, effect: 'done' | 'none' = 'done'): void {
    const by = {
      type: 'operated',
      requestId: `r${this.#ids++}`,
      actor: 'ann',
      reason: 'why',
    } as const
    const { stuck } = this.run.saga
    const step = stuck?.step ?? 'nothing'
    const output: Json = { visit: stuck?.visit ?? 1 }
    const event: SagaEvent =
      verb === 'skip' ? { ...by, verb, step, effect, output } : { ...by, verb }
    this.#lastRequest = event
    this.run.apply(event)
  }

  /** The same request once more changes nothing, whatever happened in between. */
  #repeatRequest(): void {
    if (this.#lastRequest === null) return
    const before = this.run.saga
    const wasTaken = before.taken.some((key) => key.endsWith(` ${requestIdOf(this.#lastRequest)}`))
    this.run.apply(this.#lastRequest)
    if (wasTaken && this.run.saga.revision !== before.revision) {
      throw new Error(`a repeated request moved the saga: ${JSON.stringify(this.#lastRequest)}`)
    }
  }

  #misanswer(type: 'malform' | 'foreign', pick: number): void {
    const command = newest(this.run.world.sent, pick)
    if (!command) return
    const { id, attempt } = command
    const commandId = type === 'foreign' ? (`${id}0` as typeof id) : id
    this.run.apply({ type: 'replied', commandId, outcome: 'succeeded', attempt, data: 'nonsense' })
  }

  #signal(pick: number, isYes: boolean): void {
    const { signals, approvals } = this.explored
    const names = [...signals, ...approvals]
    const name = names[pick % Math.max(names.length, 1)]
    if (name === undefined) return
    const data = approvals.includes(name) ? { approved: isYes } : null
    this.run.apply({ type: 'signalled', id: `s${this.#ids++}`, name, data, actor: 'ann' })
  }
}

function requestIdOf(event: SagaEvent | null): string {
  return event !== null && 'requestId' in event ? event.requestId : 'nothing'
}

function newest<T>(items: readonly T[], pick: number): T | undefined {
  return items[items.length - 1 - (pick % items.length)]
}
