// A saga that waits: a parcel is put on a shelf until somebody collects it, or signs it off; then
// that is announced. Found by its parcel, its van and its weight.
import { Type } from 'typebox'
import { setup } from 'xstate'
import { createCheck } from '../../messaging/check.ts'
import { commandActor } from '../../orchestrator/definition/command-actor.ts'
import type {
  SagaDefinition,
  SignalDefinition,
} from '../../orchestrator/definition/saga-definition.ts'
import { defineSaga } from '../../orchestrator/index.ts'
import { rawDefinition } from '../engine/raw-definition.ts'
import { announce, neverMs, Parcel, takeShelf } from './parcels.ts'

type ParcelInput = { readonly parcel: string }

const machine = setup({
  types: { context: {} as ParcelInput, input: {} as ParcelInput },
  actors: { takeShelf: commandActor(takeShelf), announce: commandActor(announce) },
}).createMachine({
  id: 'hold-parcel',
  context: ({ input: { parcel } }) => ({ parcel }),
  initial: 'shelving',
  states: {
    shelving: {
      invoke: {
        id: 'takeShelf',
        src: 'takeShelf',
        input: ({ context }) => context,
        onDone: 'held',
        onError: 'failed',
      },
    },
    held: {
      on: { collect: 'announcing', 'sign-off': 'announcing' },
      after: { [neverMs]: 'failed' },
    },
    announcing: {
      invoke: {
        id: 'announce',
        src: 'announce',
        input: ({ context }) => context,
        onDone: 'completed',
        onError: 'failed',
      },
    },
    completed: { type: 'final' },
    failed: { type: 'final', tags: ['failed'] },
  },
  options: { maxIterations: 100 },
})

function signal(name: string, data: ReturnType<typeof Type.Object>, needsActor: boolean) {
  return [name, { name, data, check: createCheck(data), needsActor }] as const
}

const signals: readonly (readonly [string, SignalDefinition])[] = [
  signal('collect', Type.Object({ by: Type.String() }, { additionalProperties: false }), false),
  signal('sign-off', Type.Object({ approved: Type.Boolean() }), true),
]

export const holdParcel: SagaDefinition = {
  ...rawDefinition({
    machine,
    steps: [
      ['takeShelf', 'compensatable', takeShelf],
      ['announce', 'retriable', announce],
    ],
    retry: { timeoutMs: neverMs },
    input: Parcel,
  }),
  signals: new Map(signals),
  businessKey: (input) => (input as ParcelInput).parcel,
  correlationId: (input) => `order of ${(input as ParcelInput).parcel}`,
  attributes: (input) => {
    const { parcel } = input as ParcelInput
    return { parcel, letters: parcel.length, isFragile: parcel.includes('glass') }
  },
}

/** It is announced when the team lead approves. */
export const releaseParcel = defineSaga({
  name: 'release-parcel',
  version: 1,
  input: Parcel,
  retry: { timeoutMs: neverMs },
  steps: [
    { name: 'takeShelf', send: takeShelf },
    {
      name: 'sign-off',
      approval: {
        by: 'team-lead',
        deadlineMs: 2 * neverMs,
        escalate: { afterMs: neverMs, to: 'director' },
      },
    },
    { name: 'announce', kind: 'retriable', send: announce },
  ],
})
