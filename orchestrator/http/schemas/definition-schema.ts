// The schema of a saga definition as it is shown, and how one is shown.
import { type Static, Type } from 'typebox'
import type {
  RetryPolicy,
  SagaDefinition,
  StepDefinition,
} from '../../definition/saga-definition.ts'

const RetrySchema = Type.Object(
  {
    attempts: Type.Integer(),
    timeoutMs: Type.Integer(),
    firstDelayMs: Type.Integer(),
    factor: Type.Number(),
    delayMsMax: Type.Integer(),
    jitter: Type.Number({ description: 'The part of a pause that is spread, 0 to 1.' }),
    deadlineMs: Type.Unsafe<number | null>({
      type: ['integer', 'null'],
      description: 'For all attempts together.',
    }),
  },
  { additionalProperties: false },
)

const StepSchema = Type.Object(
  {
    name: Type.String(),
    kind: Type.Enum(['compensatable', 'pivot', 'retriable'], { type: 'string' }),
    command: Type.String(),
    topic: Type.String(),
    undo: Type.Unsafe<string | null>({
      type: ['string', 'null'],
      description: 'The command that takes its effect back.',
    }),
    child: Type.Unsafe<string | null>({
      type: ['string', 'null'],
      description: 'The saga that it starts, as name@version.',
    }),
    retry: RetrySchema,
    undoRetry: RetrySchema,
  },
  { additionalProperties: false },
)

export const DefinitionSchema = Type.Object(
  {
    name: Type.String(),
    version: Type.Integer(),
    hash: Type.String(),
    isNewest: Type.Boolean({ description: 'This server has no newer version of the name.' }),
    isStartable: Type.Boolean({
      description: 'Every live instance has it; the newest such version of a name is started.',
    }),
    input: Type.Unsafe<unknown>({ description: 'A JSON Schema.' }),
    steps: Type.Array(StepSchema),
  },
  { $id: 'Definition', additionalProperties: false },
)

export type DefinitionView = Static<typeof DefinitionSchema>

export function definitionView(
  definition: SagaDefinition,
  flags: Pick<DefinitionView, 'isNewest' | 'isStartable'>,
): DefinitionView {
  const { name, version, hash, input, steps } = definition
  return { name, version, hash, ...flags, input, steps: [...steps.values()].map(stepView) }
}

function stepView(step: StepDefinition): DefinitionView['steps'][number] {
  return {
    name: step.name,
    kind: step.kind,
    command: step.command.name,
    topic: step.command.topic,
    undo: step.command.undo?.name ?? null,
    child: step.child && `${step.child.name}@${step.child.version}`,
    retry: retryView(step.retry),
    undoRetry: retryView(step.undoRetry),
  }
}

function retryView(retry: RetryPolicy): Static<typeof RetrySchema> {
  return { ...retry }
}
