// How the engine asks a definition's statechart to move. Where no guard and no action of a chart
// reads its context (every `defineSaga`), XState is asked once for each state and event; after
// that only the definition's own functions run. A property test holds both ways together.
import type { Json } from '../../messaging/message.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import {
  accepts,
  type ChartEntry,
  type ChartEvent,
  type ChartMove,
  type ChartState,
  guarded,
  moveChart,
  startChart,
} from './statechart.ts'

export type Chart = {
  /** @throws SAGA_DEFINITION_FAILED when a function of the definition throws. */
  start(input: Json): ChartMove
  /** @throws SAGA_DEFINITION_FAILED when a function of the definition throws. */
  move(state: ChartState, event: ChartEvent): ChartMove
  /** Whether the state does something with the event. @throws as `move`. */
  accepts(state: ChartState, event: ChartEvent): boolean
  /** What the saga gives, from the context that it completed with. @throws as `move`. */
  output(context: Json): Json
}

const charts = new WeakMap<SagaDefinition, Chart>()

export function chartOf(definition: SagaDefinition): Chart {
  const known = charts.get(definition)
  if (known) return known
  const made = definition.functions === null ? plainChart(definition) : new MemoChart(definition)
  charts.set(definition, made)
  return made
}

function plainChart(definition: SagaDefinition): Chart {
  const { machine } = definition
  return {
    start: (input) => startChart(machine, input),
    move: (state, event) => moveChart(machine, state, event),
    accepts: (state, event) => accepts(machine, state, event),
    output: (context) => outputOf(definition, context),
  }
}

function outputOf({ name, output }: SagaDefinition, context: Json): Json {
  const read = () => JSON.parse(JSON.stringify(output(context) ?? null)) as Json
  return guarded({ id: name }, read)
}

/** States and events of one definition: both are few, and known to it. */
const movesMax = 10_000

type Shape = Omit<ChartMove, 'context' | 'entered'> & { readonly entered: readonly string[] }

class MemoChart implements Chart {
  readonly #definition: SagaDefinition
  readonly #shapes = new Map<string, Shape>()

  constructor(definition: SagaDefinition) {
    this.#definition = definition
  }

  start(input: Json): ChartMove {
    const { machine, functions } = this.#definition
    const shape = this.#shapes.get('')
    if (shape === undefined) return this.#keep('', startChart(machine, input))
    return this.#fill(shape, functions?.begin(input) as Json)
  }

  move(state: ChartState, event: ChartEvent): ChartMove {
    const { machine, functions } = this.#definition
    const key = keyOf(state, event)
    const shape = this.#shapes.get(key)
    if (shape === undefined) return this.#keep(key, moveChart(machine, state, event))
    const isHandled = shape.value !== state.value
    const context =
      isHandled && event.type === 'done'
        ? functions?.remember(state.context, event.invoke, event.output)
        : state.context
    return this.#fill(shape, context as Json)
  }

  accepts(state: ChartState, event: ChartEvent): boolean {
    return accepts(this.#definition.machine, state, event)
  }

  output(context: Json): Json {
    return outputOf(this.#definition, context)
  }

  #keep(key: string, move: ChartMove): ChartMove {
    const { context: _, entered, ...shape } = move
    if (this.#shapes.size < movesMax) {
      this.#shapes.set(key, { ...shape, entered: entered.flatMap(invokeOf) })
    }
    return move
  }

  #fill(shape: Shape, context: Json): ChartMove {
    const { machine, functions } = this.#definition
    return guarded(machine, () => ({
      ...shape,
      context,
      entered: shape.entered.map((invoke) => ({
        type: 'invoke' as const,
        invoke,
        payload: (functions?.payload(context, invoke) ?? null) as Json,
      })),
    }))
  }
}

function invokeOf(entry: ChartEntry): readonly string[] {
  return entry.type === 'invoke' ? [entry.invoke] : []
}

function keyOf({ value }: ChartState, event: ChartEvent): string {
  return `${typeof value === 'string' ? value : JSON.stringify(value)} ${event.type} ${nameOf(event)}`
}

function nameOf(event: ChartEvent): string {
  switch (event.type) {
    case 'timer':
      return event.event
    case 'signal':
      return event.name
    default:
      return event.invoke
  }
}
