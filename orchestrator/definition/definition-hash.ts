// The hash of a definition: of everything but closures, which cannot be seen, and limits, which may
// change under living sagas.
import { createHash } from 'node:crypto'
import type { TSchema } from 'typebox'
import type { CommandContract } from '../../messaging/contract.ts'
import type { SagaDefinition, SignalDefinition } from './saga-definition.ts'
import type { SagaItem, SagaStep } from './saga-item.ts'

export type Hashed = {
  readonly name: string
  readonly version: number
  readonly input: TSchema
  readonly steps: readonly SagaStep[]
  readonly signals: readonly SignalDefinition[]
  /** Null for a saga of plain commands: the list of its steps says it all. */
  readonly structure: unknown
}

export function hashOf({ name, version, input, steps, signals, structure }: Hashed): string {
  const shape = steps.map((step) => [step.name, step.kind, contract(step.command)])
  const known = signals.map((signal) => [signal.name, signal.data, signal.needsActor])
  const more = structure === null ? [] : [structure, known]
  const text = JSON.stringify([name, version, input, shape, ...more])
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

function contract(command: CommandContract | null): unknown {
  return (
    command && {
      name: command.name,
      topic: command.topic,
      payload: command.payload,
      reply: command.reply,
      refusal: command.refusal,
      undo: contract(command.undo),
    }
  )
}

export function childText({ name, version, hash }: SagaDefinition): string {
  return `${name}@${version}#${hash}`
}

/** What the items are and how they hold each other. */
export function structureOf(items: readonly SagaItem[]): unknown {
  return items.map(itemStructure)
}

function itemStructure(item: SagaItem): unknown {
  const what = [item.type, item.name]
  switch (item.type) {
    case 'command':
    case 'forEach':
      return item.step.child === null ? what : [...what, childText(item.step.child)]
    case 'parallel':
      return [...what, item.branches.map(({ name, items }) => [name, structureOf(items)])]
    case 'choose':
      return [...what, item.ways.map(({ when, items }) => [when === null, structureOf(items)])]
    case 'repeat':
      return [...what, structureOf(item.items)]
    case 'wait':
      return [...what, item.signal.name, item.onTimeout, item.timeoutMs === null]
    case 'approval':
      return [...what, item.approval.by, item.approval.escalate?.to ?? null]
    case 'delay':
    case 'moment':
      return what
  }
}
