// Finds the invokes of a machine written by hand: what each asks for, and where it stands.
import type { AnyStateMachine, StateNode } from 'xstate'
import type { CommandContract } from '../../messaging/contract.ts'
import type { InvokePath, SagaDefinition } from './saga-definition.ts'

export type MachineInvoke = {
  readonly id: string
  readonly isNamed: boolean
  readonly hasSystemId: boolean
  readonly hasOnError: boolean
  readonly path: InvokePath
  /** Null when its `src` is neither a command nor a saga. */
  readonly contract: CommandContract | null
  readonly child: SagaDefinition | null
}

/** Every state, the root first. */
export function nodesOf(node: StateNode): readonly StateNode[] {
  return [
    node,
    ...Object.values(node.states as Readonly<Record<string, StateNode>>).flatMap(nodesOf),
  ]
}

export function invokesOf(machine: AnyStateMachine): readonly MachineInvoke[] {
  return nodesOf(machine.root as unknown as StateNode).flatMap((node) => {
    const path = pathOf(node)
    const written = listOf(node.config.invoke as Written | readonly Written[] | undefined)
    return node.invoke.map(({ id, systemId }, index) => {
      const { src, id: given, onError } = written[index] ?? {}
      const actor = actorOf(machine, src)
      return {
        id,
        isNamed: given !== undefined,
        hasSystemId: systemId !== undefined,
        hasOnError: onError !== undefined,
        path,
        contract: actor?.contract ?? null,
        child: actor?.child ?? null,
      }
    })
  })
}

type Written = { readonly src?: unknown; readonly id?: string; readonly onError?: unknown }

export type Actor = { readonly contract?: CommandContract; readonly child?: SagaDefinition }

export function actorOf(machine: AnyStateMachine, src: unknown): Actor | undefined {
  const actors = machine.implementations.actors as Readonly<Record<string, unknown>>
  return (typeof src === 'string' ? actors[src] : src) as Actor | undefined
}

export function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value as T]
}

function pathOf(node: StateNode): InvokePath {
  const { parent } = node
  if (!parent) return []
  const before = pathOf(parent as StateNode)
  if (parent.type !== 'parallel') return before
  return [...before, { group: parent.id, branch: Object.keys(parent.states).indexOf(node.key) }]
}
