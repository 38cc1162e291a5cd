// Turns the items of `defineSaga` into an XState machine that a person can read in a diagram: one
// state an item, and two ends. Compensation is the engine's work, not the machine's.
import { type AnyStateMachine, setup } from 'xstate'
import { type ChartContext, remember } from './chart-context.ts'
import { commandActor } from './command-actor.ts'
import { compileList, stepPayload } from './compile-list.ts'
import { type Before, givenOf } from './given-of.ts'
import type { Frame } from './position.ts'
import type { ChartFunctions, InvokePath } from './saga-definition.ts'
import { type SagaItem, stepsOf } from './saga-item.ts'

/** The final state that means: undo what was done. Raw machines mark theirs with this tag. */
export const failedTag = 'failed'

export type CompiledSteps = {
  readonly machine: AnyStateMachine
  readonly functions: ChartFunctions | null
  readonly paths: ReadonlyMap<string, InvokePath>
  /** Every step, for the output. */
  readonly steps: Before
}

/** Rounds and lanes with nothing to do pass in one move; past this many the saga is parked. */
const iterationsMax = 1_000
const plainIterationsMax = 100

export function compileSteps(name: string, items: readonly SagaItem[]): CompiledSteps {
  const isPlain = items.every(({ type, ...item }) => type === 'command' && isCommand(item))
  const paths = new Map<string, InvokePath>()
  const delays: Record<string, unknown> = {}
  const frame: Frame = { saga: name, id: name, path: [], paths, delays }
  const { first, states, before } = compileList(items, [], 'completed', frame)
  const actors = stepsOf(items).map((step) => [step.name, commandActor(step.command)])
  const empty = isPlain ? {} : { signals: {}, each: {}, rounds: {} }
  const begin = (input: unknown): ChartContext => ({ input, replies: {}, ...empty })
  const config = {
    id: name,
    context: ({ input }: { readonly input: unknown }) => begin(input),
    initial: first,
    states: {
      ...states,
      completed: { type: 'final' },
      failed: { type: 'final', tags: [failedTag] },
    },
    options: { maxIterations: isPlain ? plainIterationsMax : iterationsMax },
  }
  const implementations = { actors: Object.fromEntries(actors), delays }
  const machine = setup(implementations as never).createMachine(config as never)
  const functions = isPlain ? chartFunctions(name, items, begin) : null
  return { machine: machine as unknown as AnyStateMachine, functions, paths, steps: before }
}

function isCommand(item: object): boolean {
  return (
    'step' in item && (item as { readonly step: { readonly child: unknown } }).step.child === null
  )
}

/** What the machine does with its context, for a chart whose ways do not depend on it. */
function chartFunctions(
  saga: string,
  items: readonly SagaItem[],
  begin: (input: unknown) => ChartContext,
): ChartFunctions {
  const commands = items.flatMap((item) => (item.type === 'command' ? [item] : []))
  const all = commands.map(({ step }) => ({ step, isEach: false }))
  const byName = new Map(commands.map((item, index) => [item.name, { item, index }]))
  return {
    begin,
    payload: (context, name) => {
      const { item, index } = byName.get(name) ?? {}
      if (!item?.payload) return (context as ChartContext).input
      return stepPayload(item, givenOf(context as ChartContext, all.slice(0, index), saga))
    },
    remember: (context, step, output): ChartContext => ({
      ...(context as ChartContext),
      ...remember(context as ChartContext, step, output),
    }),
  }
}
