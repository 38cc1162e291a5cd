// The schema of statistics by windows of minutes.
import { Type } from 'typebox'
import { LagMs } from './list-schemas.ts'
import { Time } from './saga-schemas.ts'

const TextOrNull = (description: string) =>
  Type.Unsafe<string | null>({ type: ['string', 'null'], description })
const MsOrNull = (description: string) =>
  Type.Unsafe<number | null>({ type: ['integer', 'null'], description })

const StatsItemSchema = Type.Object(
  {
    at: Type.Unsafe<Date>({ ...Time, description: 'The beginning of the window.' }),
    name: Type.String({ description: 'Of the saga.' }),
    step: TextOrNull('Null: the saga as a whole.'),
    started: Type.Integer({ description: 'Sagas, or visits of the step, that began.' }),
    completed: Type.Integer({ description: 'Sagas that completed; steps that succeeded.' }),
    compensated: Type.Integer({ description: 'Sagas that were compensated; steps undone.' }),
    failed: Type.Integer({
      description: 'Sagas that were abandoned or terminated; steps refused, or of unknown outcome.',
    }),
    stuck: Type.Integer({ description: 'How often one began to wait for a person.' }),
    retries: Type.Integer({ description: 'Commands that were sent again, undos too.' }),
    count: Type.Integer({ description: 'How many durations ended: p50 and p99 are of these.' }),
    p50Ms: MsOrNull('From the start to the end, or from the first command to what came of it.'),
    p99Ms: MsOrNull('To within five per cent, as p50Ms; null without a duration.'),
  },
  { additionalProperties: false },
)

export const StatsSchema = Type.Object(
  {
    windowS: Type.Integer({ description: 'How long a window is, in seconds.' }),
    lagMs: LagMs,
    items: Type.Immutable(
      Type.Array(StatsItemSchema, {
        description: 'In the order of time, name and step; a window without anything is left out.',
      }),
    ),
  },
  { $id: 'Stats', additionalProperties: false, description: 'By window, saga and step.' },
)
