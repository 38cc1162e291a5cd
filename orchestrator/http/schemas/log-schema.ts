// The schema of a log line as it is shown.
import { Type } from 'typebox'
import type { LogError, LogLineLevel } from '../../../messaging/log-line.ts'
import { Time } from './saga-schemas.ts'

const TextOrNull = (description: string) =>
  Type.Unsafe<string | null>({ type: ['string', 'null'], description })

export const LogLineSchema = Type.Object(
  {
    id: Type.String({ description: 'Its place among the lines of its saga.' }),
    at: Time,
    level: Type.Unsafe<LogLineLevel>({ type: 'string', enum: ['debug', 'info', 'warn', 'error'] }),
    service: Type.String(),
    step: TextOrNull('The step that it is about.'),
    traceId: TextOrNull('Of its trace, where there is one.'),
    message: Type.String({ description: 'What happened, as the name of an event.' }),
    error: Type.Unsafe<LogError | null>({
      type: ['object', 'null'],
      properties: { code: { type: 'string' }, message: { type: 'string' } },
      required: ['message'],
      additionalProperties: false,
    }),
  },
  { $id: 'LogLine', additionalProperties: false, description: 'What is sensitive is masked.' },
)
