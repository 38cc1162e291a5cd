// The schemas of faults on purpose, as the services know them.
import { Type } from 'typebox'
import { letterBy } from './dead-letter-schemas.ts'

const kinds = [
  'decline',
  'throw',
  'time-out',
  'duplicate',
  'delay',
  'crash-before-commit',
  'crash-after-commit',
] as const

const detail = {
  reason: Type.Optional(Type.Unknown({ description: 'Of a decline, as the contract has it.' })),
  message: Type.Optional(Type.String({ maxLength: 1_000, description: 'Of a throw.' })),
  ms: Type.Optional(Type.Integer({ minimum: 1, description: 'Of a delay.' })),
}

const FaultSchema = Type.Object(
  { kind: Type.Enum([...kinds], { type: 'string' }), ...detail },
  { additionalProperties: false },
)

const PlannedSchema = Type.Object(
  {
    command: Type.String(),
    step: Type.Unsafe<string | null>({ type: ['string', 'null'] }),
    // The services may know kinds that this server has never heard of.
    fault: Type.Object({ kind: Type.String(), ...detail }, { additionalProperties: false }),
    left: Type.Integer({ description: 'Commands that will still have it.' }),
    hits: Type.Integer({ description: 'Commands that had it.' }),
  },
  { additionalProperties: false },
)

const ServiceSchema = Type.Object(
  {
    url: Type.String(),
    commands: Type.Immutable(
      Type.Array(Type.String(), { description: 'Those that may have a fault.' }),
    ),
    faults: Type.Immutable(Type.Array(PlannedSchema)),
    problem: Type.Unsafe<string | null>({
      type: ['string', 'null'],
      description: 'Why it cannot be asked.',
    }),
  },
  { additionalProperties: false },
)

export const FaultsSchema = Type.Object(
  {
    isAllowed: Type.Boolean({ description: 'False unless FAULT_SERVICES names services.' }),
    services: Type.Immutable(Type.Array(ServiceSchema)),
  },
  { $id: 'Faults', additionalProperties: false, description: 'What fails on purpose.' },
)

export const FaultBody = Type.Object(
  {
    ...letterBy,
    command: Type.String({ minLength: 1, maxLength: 200 }),
    step: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    times: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000, default: 1 })),
    fault: FaultSchema,
  },
  { additionalProperties: false, description: 'Which commands will have which fault.' },
)

export const ClearBody = Type.Object(letterBy, {
  additionalProperties: false,
  description: 'Who takes them away, and why.',
})
