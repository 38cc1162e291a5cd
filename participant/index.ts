// The door of the participant kit: what a service needs to take part in sagas, and to run.

export type { Bus, TopicSpec } from '../messaging/bus.ts'
export { type Cipher, createCipher, parseEncryptionKeys } from '../messaging/cipher.ts'
export { type Clock, realClock } from '../messaging/clock.ts'
export {
  type Config,
  type ConfigField,
  type ConfigFields,
  describeConfig,
  parseBoolean,
  parseInteger,
  parseText,
  readConfig,
} from '../messaging/config.ts'
export {
  encryptionFields,
  kafkaFields,
  logFields,
  postgresFields,
  topicFields,
  watchFields,
} from '../messaging/config-fields.ts'
export { databaseUrlOf, kafkaBusOptions, secretsInFiles } from '../messaging/connections.ts'
export {
  type CommandContract,
  defineCommand,
  defineEvent,
  type EventContract,
} from '../messaging/contract.ts'
export { type Db, openDb, type Tx } from '../messaging/db.ts'
export { type ErrorEntry, errorFactory, SagalineError } from '../messaging/errors.ts'
export { createKafkaBus } from '../messaging/kafka/kafka-bus.ts'
export { createLog, type Log, silentLog } from '../messaging/log.ts'
export type { LogTopic } from '../messaging/log-topic.ts'
export { createMetrics, type Labels, type Metrics, noMetrics } from '../messaging/metrics.ts'
export { type MigrationSet, migrate } from '../messaging/migrate.ts'
export { missingMigrations } from '../messaging/missing-migrations.ts'
export { openLogTopic } from '../messaging/open-log-topic.ts'
export { loadOpenTelemetry, openTelemetryTracing } from '../messaging/open-telemetry.ts'
export { sensitive } from '../messaging/sensitive.ts'
export type { Tracing } from '../messaging/tracing.ts'
export type { Command } from './command.ts'
export { participantErrors } from './errors.ts'
export {
  type ConsumerStanding,
  createEventConsumer,
  type EventConsumer,
  type EventConsumerOptions,
} from './events/event-consumer.ts'
export {
  type EventDataOf,
  type EventHandler,
  onEvent,
  onEvents,
  type ReceivedEvent,
} from './events/event-handler.ts'
export { type Generation, generationsOf, startOver } from './events/generations.ts'
export { answerFaultRequest, type FaultAnswer, type FaultRequest } from './fault-requests.ts'
export {
  createFaults,
  type Faults,
  type FaultsOptions,
  type NamedFault,
  type SwitchOptions,
  switchableFaults,
} from './faults.ts'
export {
  type CommandOf,
  type Handler,
  handle,
  handleBatch,
  handleOutside,
  type OutcomeOf,
  type OutsideWork,
} from './handler.ts'
export type { FaultOf, FaultScope, InjectedFault, PlannedFault } from './injected-fault.ts'
export { participantMigrations } from './migrations.ts'
export {
  type DomainEvent,
  event,
  type Outcome,
  type Refused,
  refused,
  type Succeeded,
  succeeded,
} from './outcome.ts'
export { createParticipant, type Participant } from './participant.ts'
export type { ParticipantDeps, ParticipantOptions } from './participant-options.ts'
export { type OnPoint, type ParticipantPoint, participantPoints } from './points.ts'
export { type PublishEvent, publishEvent } from './publish-event.ts'
export { type SendSignal, sendSignal } from './send-signal.ts'
export { type StartSaga, startSaga } from './start-saga.ts'
