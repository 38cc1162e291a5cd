// A small saga for tests of the engine: a parcel is put on a shelf, loaded on a van, announced.
// Its participant does as the test says: each command can be made to fail, to refuse, or to work.
import { Type } from 'typebox'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import type { RetryOptions } from '../../orchestrator/definition/step-options.ts'
import { defineSaga } from '../../orchestrator/index.ts'
import { defineCommand, type Handler, handle, refused, succeeded } from '../../participant/index.ts'

export const parcelsTopic = 'parcels.commands'
export const parcelsService = 'parcels'

export const Parcel = Type.Object(
  { parcel: Type.String({ minLength: 1, maxLength: 100 }) },
  { additionalProperties: false },
)

export const clearShelf = defineCommand({
  name: 'parcels.clear-shelf',
  topic: parcelsTopic,
  payload: Parcel,
})

export const takeShelf = defineCommand({
  name: 'parcels.take-shelf',
  topic: parcelsTopic,
  payload: Parcel,
  reply: Type.Object({ shelf: Type.String() }, { additionalProperties: false }),
  undo: clearShelf,
})

const unloadVan = defineCommand({
  name: 'parcels.unload-van',
  topic: parcelsTopic,
  payload: Parcel,
})

export const loadVan = defineCommand({
  name: 'parcels.load-van',
  topic: parcelsTopic,
  payload: Parcel,
  undo: unloadVan,
})

export const announce = defineCommand({
  name: 'parcels.announce',
  topic: parcelsTopic,
  payload: Parcel,
})

export type ParcelCommand =
  | 'parcels.take-shelf'
  | 'parcels.clear-shelf'
  | 'parcels.load-van'
  | 'parcels.unload-van'
  | 'parcels.announce'

export type ParcelLimits = {
  /** Of every step forward. */
  readonly forward?: RetryOptions
  readonly takeShelf?: RetryOptions
  readonly loadVan?: RetryOptions
  readonly undo?: RetryOptions
}

export type ParcelLocks = {
  readonly lock?: (input: { readonly parcel: string }) => readonly string[]
  readonly lockTimeoutMs?: number
}

/** Long enough that a test which waits for it fails instead. */
export const neverMs = 600_000

export function shipParcel(limits: ParcelLimits = {}, locks: ParcelLocks = {}): SagaDefinition {
  const forward = { timeoutMs: neverMs, attempts: 1, ...limits.forward }
  const undo = { timeoutMs: neverMs, ...limits.undo }
  return defineSaga({
    name: 'ship-parcel',
    version: 1,
    input: Parcel,
    businessKey: ({ parcel }) => parcel,
    retry: forward,
    ...locks,
    steps: [
      { name: 'takeShelf', send: takeShelf, undo, ...forward, ...limits.takeShelf },
      { name: 'loadVan', send: loadVan, undo, ...forward, ...limits.loadVan },
      { name: 'announce', kind: 'retriable', send: announce },
    ],
  })
}

type Fault = 'throws' | 'refuses'

/** The participant's handlers and how they behave at the moment. */
export class ParcelService {
  readonly #faults = new Map<ParcelCommand, Fault>()
  /** Ids of the commands whose handler ran, every time that it did. */
  readonly ran: string[] = []
  readonly handlers: readonly Handler[] = [
    handle(takeShelf, async (_, { id, sagaId }) =>
      this.#run('parcels.take-shelf', id) ? succeeded({ shelf: sagaId }) : refused('full'),
    ),
    ...[clearShelf, loadVan, unloadVan, announce].map((contract) =>
      handle(contract, async (_, { id }) =>
        this.#run(contract.name as ParcelCommand, id) ? succeeded() : refused('not today'),
      ),
    ),
  ]

  breakDown(command: ParcelCommand, fault: Fault): void {
    this.#faults.set(command, fault)
  }

  mend(command: ParcelCommand): void {
    this.#faults.delete(command)
  }

  #run(command: ParcelCommand, id: string): boolean {
    this.ran.push(id)
    const fault = this.#faults.get(command)
    if (fault === 'throws') throw new Error(`${command} is broken`)
    return fault !== 'refuses'
  }
}
