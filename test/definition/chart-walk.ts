// Walks the machine of a definition with XState's pure functions, through JSON between any two
// events: what the engine does, without the engine.
import { initialTransition, transition } from 'xstate'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'

type Action = { readonly type: string; readonly params?: Readonly<Record<string, unknown>> }

type Resolver = { resolveState(state: { value: unknown; context: unknown }): never }

export class ChartWalk {
  value: unknown
  context: Record<string, unknown> = {}
  status = 'active'
  tags: readonly string[] = []
  /** Ids and payloads of what was invoked by the last event. */
  asked: readonly (readonly [string, unknown])[] = []
  /** Types and delays of the timers that it has set. */
  timers: readonly (readonly [string, unknown])[] = []
  /** Other actions of the last event. */
  said: readonly Action[] = []
  readonly #definition: SagaDefinition

  constructor(definition: SagaDefinition, input: unknown) {
    this.#definition = definition
    this.#take(initialTransition(definition.machine, input as never))
  }

  /** The ids of what was asked for by the last event. */
  get ids(): readonly string[] {
    return this.asked.map(([id]) => id)
  }

  done(id: string, output: unknown = null): this {
    return this.send({ type: `xstate.done.actor.${id}`, output })
  }

  fail(id: string): this {
    return this.send({ type: `xstate.error.actor.${id}`, error: 'no' })
  }

  send(event: { readonly type: string; readonly [field: string]: unknown }): this {
    const { machine } = this.#definition
    const { value, context } = JSON.parse(JSON.stringify(this)) as this
    const from = (machine as unknown as Resolver).resolveState({ value, context })
    return this.#take(transition(machine, from, event as never))
  }

  #take(moved: readonly [unknown, readonly unknown[]]): this {
    const snapshot = moved[0] as unknown as this & { error: unknown; tags: Set<string> }
    if (snapshot.status === 'error') throw snapshot.error
    const actions = moved[1] as readonly Action[]
    const { value, context, status } = snapshot
    Object.assign(this, { value, context, status, tags: [...snapshot.tags] })
    const of = (type: string) => actions.filter((action) => action.type === type)
    this.asked = of('xstate.spawnChild').map(({ params }) => [
      String(params?.['id']),
      params?.['input'],
    ])
    const timers = of('xstate.raise').filter(({ params }) => params?.['delay'] !== undefined)
    this.timers = timers.map(({ params }) => [String(params?.['id']), params?.['delay']])
    this.said = actions.filter(({ type }) => !type.startsWith('xstate.'))
    return this
  }
}
