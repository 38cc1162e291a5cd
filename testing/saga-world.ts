// A small system for tests of sagas with their participants: in this process in virtual time, or
// on a real Kafka and Postgres. The same test runs on both.
import type { SagaId } from '../messaging/message.ts'
import type { SagaDefinition } from '../orchestrator/definition/saga-definition.ts'
import type { Saga, StepState } from '../orchestrator/engine/saga.ts'
import type { Participant } from '../participant/participant.ts'
import type { OnQuery } from './memory-store.ts'
import { openRealWorld, type RealParts } from './real-world.ts'
import type { TestInput } from './saga-test-types.ts'
import { openVirtualWorld } from './virtual-world.ts'

export type SagaWorldOptions = {
  readonly definitions: readonly SagaDefinition[]
  /** Not started yet; the world starts and stops them. */
  readonly participants: readonly Participant[]
  /** A real Kafka and an empty Postgres database; virtual time and no database without. */
  readonly real?: RealParts
  /** In virtual time: answers what handlers ask of their database. */
  readonly onQuery?: OnQuery
  /** How long a saga may take until it is at rest, in the time of the world. Default 10 minutes. */
  readonly limitMs?: number
}

/** A saga that has ended or is stuck. */
export type SagaAtRest = {
  readonly id: SagaId
  readonly status: Saga['status']
  readonly output: unknown
  readonly failure: { readonly step: string | null; readonly reason: unknown } | null
  readonly steps: readonly Pick<StepState, 'name' | 'visit' | 'outcome' | 'undo' | 'attempts'>[]
}

export type SagaWorld = {
  /** Starts a saga and resolves when it has ended or is stuck. @throws WORLD_LIMIT */
  run<D extends SagaDefinition>(definition: D, input: TestInput<D>): Promise<SagaAtRest>
  /** Resolves when nothing of it runs any more. */
  stop(): Promise<void>
}

const limitMsDefault = 600_000

/** Opens the world; its participants take commands when this resolves. */
export function openSagaWorld(options: SagaWorldOptions): Promise<SagaWorld> {
  const { limitMs = limitMsDefault, real, ...rest } = options
  if (real === undefined) return openVirtualWorld({ ...rest, limitMs })
  return openRealWorld({ ...rest, limitMs, real })
}
