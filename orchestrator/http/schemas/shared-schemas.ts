// The schemas that get a name in the OpenAPI document, and how routes point at them.
import { type Static, type TSchema, type TUnsafe, Type } from 'typebox'
import {
  BulkItemSchema,
  BulkJobSchema,
  BulkPreviewSchema,
  BulkProgressSchema,
} from './bulk-schemas.ts'
import { DefinitionChartSchema } from './chart-schema.ts'
import { DeadLetterSchema, DeadLetterSummarySchema } from './dead-letter-schemas.ts'
import { DefinitionSchema } from './definition-schema.ts'
import { FaultsSchema } from './fault-schemas.ts'
import { LinksSchema } from './links-schema.ts'
import { FoundSagaSchema, SagaCountsSchema } from './list-schemas.ts'
import { LockSchema } from './lock-schema.ts'
import { LogLineSchema } from './log-schema.ts'
import { SagaMessageSchema } from './message-schema.ts'
import { MigrationSchema } from './migration-schema.ts'
import { ProblemSchema } from './problem-schema.ts'
import {
  FeedEntrySchema,
  HistoryEntrySchema,
  SagaSchema,
  SagaStartedSchema,
} from './saga-schemas.ts'
import { StatsSchema } from './stats-schema.ts'
import { PossibleVerbsSchema, SignalResultSchema } from './verb-schemas.ts'
import { VitalsSchema } from './vitals-schema.ts'

export const sharedSchemas = [
  ProblemSchema,
  SagaStartedSchema,
  SagaSchema,
  FoundSagaSchema,
  SagaCountsSchema,
  StatsSchema,
  VitalsSchema,
  HistoryEntrySchema,
  FeedEntrySchema,
  SagaMessageSchema,
  LogLineSchema,
  LockSchema,
  DeadLetterSummarySchema,
  DeadLetterSchema,
  DefinitionSchema,
  DefinitionChartSchema,
  MigrationSchema,
  PossibleVerbsSchema,
  SignalResultSchema,
  BulkPreviewSchema,
  BulkJobSchema,
  BulkProgressSchema,
  BulkItemSchema,
  LinksSchema,
  FaultsSchema,
] as const

/** A reference that keeps the type of what it points at, which must have an `$id`. */
export function refTo<S extends TSchema>(schema: S): TUnsafe<Static<S>> {
  const { $id } = schema as { readonly $id?: string }
  return Type.Unsafe({ $ref: `${$id}#` }) as never
}
