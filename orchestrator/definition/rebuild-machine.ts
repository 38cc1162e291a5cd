// Makes the machine that the engine runs of one written by hand: its parallel states say when they
// are entered, its loops have a limit, and what starts a child saga carries the child's name.
import { type AnyStateMachine, createMachine } from 'xstate'
import { childPayload } from './child-command.ts'
import { groupMarker } from './group-marker.ts'
import { actorOf, listOf } from './machine-invokes.ts'

type Config = {
  readonly id?: string
  readonly type?: string
  readonly entry?: unknown
  readonly invoke?: unknown
  readonly states?: Readonly<Record<string, Config>>
  readonly options?: object
}

type Invoke = { readonly src?: unknown; readonly input?: unknown }

/** Microsteps in one move; past this many the saga is parked. */
const iterationsMax = 100

export function rebuildMachine(machine: AnyStateMachine): AnyStateMachine {
  const config = machine.config as unknown as Config
  const options = { maxIterations: iterationsMax, ...config.options }
  const rebuilt = { ...rebuildState(machine, config, machine.id), options }
  return createMachine(
    rebuilt as never,
    machine.implementations as never,
  ) as unknown as AnyStateMachine
}

function rebuildState(machine: AnyStateMachine, config: Config, path: string): Config {
  const id = config.id ?? path
  const states = Object.entries(config.states ?? {}).map(
    ([key, state]) => [key, rebuildState(machine, state, `${path}.${key}`)] as const,
  )
  const isParallel = config.type === 'parallel'
  const invokes = listOf(config.invoke as Invoke | readonly Invoke[] | undefined)
  return {
    ...config,
    ...(states.length > 0 && { states: Object.fromEntries(states) }),
    ...(isParallel && { entry: [groupMarker(id), ...listOf(config.entry)] }),
    ...(invokes.length > 0 && { invoke: invokes.map((invoke) => rebuildInvoke(machine, invoke)) }),
  }
}

function rebuildInvoke(machine: AnyStateMachine, invoke: Invoke): Invoke {
  const { child } = actorOf(machine, invoke.src) ?? {}
  if (!child) return invoke
  const { input } = invoke
  const inputOf = (given: unknown) => (typeof input === 'function' ? input(given) : input)
  return { ...invoke, input: (given: unknown) => childPayload(child, inputOf(given)) }
}
