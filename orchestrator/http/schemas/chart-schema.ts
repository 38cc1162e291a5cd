// The schema of one version of a saga in full: its statechart, and how long it may take.
import { Type } from 'typebox'
import { DefinitionSchema } from './definition-schema.ts'

const TextOrNull = Type.Unsafe<string | null>({ type: ['string', 'null'] })
const milliseconds = (description: string) =>
  Type.Unsafe<number | null>({ type: ['integer', 'null'], description })

const NodeSchema = Type.Object(
  {
    id: Type.String(),
    parent: TextOrNull,
    name: Type.String(),
    kind: Type.Enum(['atomic', 'compound', 'parallel', 'final', 'history'], { type: 'string' }),
    isInitial: Type.Boolean({ description: 'Where its parent begins.' }),
    isFailure: Type.Boolean({ description: 'An end after which everything is undone.' }),
    steps: Type.Immutable(
      Type.Array(Type.String(), { description: 'Whose commands it sends when it is entered.' }),
    ),
  },
  { additionalProperties: false },
)

const WaySchema = Type.Object(
  {
    from: Type.String(),
    to: Type.String(),
    kind: Type.Enum(['reply', 'error', 'timer', 'signal', 'done', 'always'], { type: 'string' }),
    name: Type.Unsafe<string | null>({
      type: ['string', 'null'],
      description: 'The step or signal that it is about.',
    }),
    afterMs: milliseconds('Of a timer that has a fixed length.'),
    isGuarded: Type.Boolean(),
  },
  { additionalProperties: false },
)

const WorstCaseSchema = Type.Object(
  {
    steps: Type.Immutable(
      Type.Array(
        Type.Object(
          {
            name: Type.String(),
            doMs: Type.Integer(),
            undoMs: milliseconds('Null where there is nothing to undo.'),
          },
          { additionalProperties: false },
        ),
      ),
    ),
    forwardMs: Type.Integer({ description: 'Forward through every step.' }),
    backMs: Type.Integer({ description: 'Back through every undo.' }),
  },
  {
    additionalProperties: false,
    description:
      'By the limits of attempts, timeouts and pauses, every step once, one after the other; ' +
      'waits for signals and timers are not in it.',
  },
)

export const DefinitionChartSchema = Type.Object(
  {
    ...DefinitionSchema.properties,
    deadlineMs: milliseconds('Of the whole saga.'),
    chart: Type.Object(
      {
        nodes: Type.Immutable(Type.Array(NodeSchema)),
        ways: Type.Immutable(Type.Array(WaySchema)),
      },
      { additionalProperties: false, description: 'The statechart.' },
    ),
    worstCase: WorstCaseSchema,
  },
  {
    $id: 'DefinitionChart',
    additionalProperties: false,
    description: 'One version of a saga, in full.',
  },
)
