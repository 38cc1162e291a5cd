// A random statechart as `sagaFromMachine` takes it: states that ask, rest or have regions, with
// ways on, back and away. What stands in regions tells by its payload in which round of them.
import { type AnyStateMachine, assign, setup } from 'xstate'
import { commandActor } from '../../orchestrator/definition/command-actor.ts'
import { sagaActor } from '../../orchestrator/definition/saga-actor.ts'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import { sagaFromMachine } from '../../orchestrator/definition/saga-from-machine.ts'
import type { Make, Making } from './make-saga.ts'
import { childNamed, commandNamed, limitsOf, nameOf, signalNamed } from './sample-commands.ts'
import { type AskShape, type ChartShape, type Exits, type Goal, type Path, usual } from './shape.ts'

type Context = {
  readonly amount: number
  /** How often it went back. */
  readonly back: number
  /** By state with regions: how often they were entered. */
  readonly rounds: Readonly<Record<string, number>>
}
type At = { readonly context: Context }

/** Further than that a chart does not go back, but on. */
const backMax = 3

/** The machine's parts while they are put together. */
type Chart = {
  readonly making: Making
  readonly states: number
  readonly actors: Record<string, unknown>
  readonly delays: Record<string, unknown>
  readonly steps: Record<string, unknown>
}

export function makeChart({ making, common, isLonger }: Make, shape: ChartShape): SagaDefinition {
  const shapes = isLonger ? [...shape.states, lastAsk] : shape.states
  const chart: Chart = { making, states: shapes.length, actors: {}, delays: {}, steps: {} }
  const states = shapes.map((state, index) => {
    if (state.type === 'ask') return [nameOf([index]), askState(chart, state, [index])] as const
    if (state.type === 'rest')
      return [nameOf([index]), exitsOf(chart, state.exits, [index])] as const
    return [nameOf([index]), regionsState(chart, state, index)] as const
  })
  const config = {
    id: 'random',
    context: ({ input }: { readonly input: { readonly amount: number } }): Context => ({
      ...input,
      back: 0,
      rounds: {},
    }),
    initial: nameOf([0]),
    states: {
      ...Object.fromEntries(states),
      completed: { type: 'final' },
      failed: { type: 'final', tags: ['failed'] },
    },
  }
  const { actors, delays, steps } = chart
  const machine = setup({ actors, delays } as never).createMachine(config as never)
  return sagaFromMachine({
    ...common,
    machine: machine as unknown as AnyStateMachine,
    steps: steps as never,
    signals: making.signals.map(signalNamed),
    output: making.fault.in(() => 7),
  }) as SagaDefinition
}

const lastAsk: AskShape = {
  type: 'ask',
  kind: 'compensatable',
  isChild: false,
  limits: usual,
  done: { type: 'next' },
  error: null,
  exits: { after: null, signal: null },
}

type Regions = Extract<ChartShape['states'][number], { readonly type: 'regions' }>

function regionsState(chart: Chart, { regions, done, exits }: Regions, index: number) {
  const name = nameOf([index])
  chart.making.parallel.add(String(index))
  const count = assign({
    rounds: ({ context }: At) => ({
      ...context.rounds,
      [name]: (context.rounds[name] ?? 0) + 1,
    }),
  } as never)
  const states = regions.map((asks, region) => {
    const inside = asks.map((ask, place) => {
      const path = [index, region, place]
      const next = asks.length > place + 1 ? nameOf([index, region, place + 1]) : 'completed'
      return [nameOf(path), askState(chart, ask, path, next)] as const
    })
    const initial = nameOf([index, region, 0])
    return [
      `r${region}`,
      { initial, states: { ...Object.fromEntries(inside), completed: { type: 'final' } } },
    ] as const
  })
  return {
    ...exitsOf(chart, exits, [index]),
    type: 'parallel',
    entry: count,
    states: Object.fromEntries(states),
    onDone: waysTo(chart, done, [index]),
  }
}

/** `next` is the state after it in its region. */
function askState(chart: Chart, ask: AskShape, path: Path, next?: string) {
  const { making, actors, steps } = chart
  const { kind, limits, done, error, exits } = ask
  const name = nameOf(path)
  const isChild = ask.isChild && kind === 'compensatable'
  making.paths.set(name, path)
  if (path.length > 1) making.loops.set(name, 1)
  if (isChild) making.children.add(name)
  actors[name] = isChild ? sagaActor(childNamed(name)) : commandActor(commandNamed(name, kind))
  steps[name] = { kind, ...limitsOf(limits, isChild) }
  const payload = ({ context: { amount, rounds } }: At) => {
    const round = rounds[nameOf([path[0] ?? 0])]
    return round === undefined ? { amount } : { amount, round }
  }
  // A retriable step is never refused to its saga.
  const onError = error !== null && kind !== 'retriable' && waysTo(chart, error, path, next)
  const invoke = {
    id: name,
    src: name,
    input: making.fault.in(payload),
    onDone: waysTo(chart, done, path, next),
    ...(onError && { onError }),
  }
  return { ...exitsOf(chart, exits, path, next), invoke }
}

function exitsOf(chart: Chart, { after, signal }: Exits, path: Path, next?: string) {
  const { delays, making } = chart
  const name = nameOf(path)
  if (after !== null) delays[`after-${name}`] = making.fault.in(() => after.ms)
  if (signal !== null) making.signals.push(`go-${name}`)
  return {
    ...(after && { after: { [`after-${name}`]: waysTo(chart, after.goal, path, next) } }),
    ...(signal && { on: { [`go-${name}`]: waysTo(chart, signal, path, next) } }),
  }
}

/** Ways back are taken a few times, then the way on. */
function waysTo({ making, states }: Chart, goal: Goal, [index = 0]: Path, next?: string) {
  const after = index + 1 < states ? `#random.${nameOf([index + 1])}` : '#random.completed'
  const onward = { target: next ?? after }
  if (goal.type === 'next') return onward
  if (goal.type !== 'state') return { target: `#random.${goal.type}` }
  const to = goal.pick % states
  const target = `#random.${nameOf([to])}`
  if (to > index) return { target }
  const isSome = making.fault.in(({ context }: At) => context.back < backMax)
  const count = assign({ back: ({ context }: At) => context.back + 1 } as never)
  return [{ guard: isSome, target, reenter: true, actions: count }, onward]
}
