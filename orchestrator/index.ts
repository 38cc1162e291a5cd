// The door `sagaline`: what users import to define sagas and to run an orchestrator.
export type { Check } from '../messaging/check.ts'
export { type Cipher, createCipher, parseEncryptionKeys } from '../messaging/cipher.ts'
export { type Clock, realClock } from '../messaging/clock.ts'
export {
  type CommandContract,
  defineCommand,
  defineEvent,
  type EventContract,
  type PayloadOf,
  type RefusalOf,
  type ReplyOf,
  type UndoOf,
} from '../messaging/contract.ts'
export { type Db, openDb } from '../messaging/db.ts'
export { SagalineError } from '../messaging/errors.ts'
export { createKafkaBus } from '../messaging/kafka/kafka-bus.ts'
export { createLog, type Log, silentLog } from '../messaging/log.ts'
export type { Json, SagaId } from '../messaging/message.ts'
export { createMetrics, type Labels, type Metrics, noMetrics } from '../messaging/metrics.ts'
export { loadOpenTelemetry, openTelemetryTracing } from '../messaging/open-telemetry.ts'
export { sensitive } from '../messaging/sensitive.ts'
export { eventsTopic } from '../messaging/topics.ts'
export type { Tracing } from '../messaging/tracing.ts'
export { type CommandActor, commandActor } from './definition/command-actor.ts'
export { defineSaga } from './definition/define-saga.ts'
export { defineSignal } from './definition/define-signal.ts'
export type { Given, GivenItem } from './definition/given.ts'
export type { ShapeOfMachine } from './definition/machine-fit.ts'
export { refusalOf } from './definition/refusal-of.ts'
export { type SagaActor, sagaActor } from './definition/saga-actor.ts'
export type { SagaDefinition, SagaShape, SignalDefinition } from './definition/saga-definition.ts'
export { type MachineStepOptions, sagaFromMachine } from './definition/saga-from-machine.ts'
export type { CommonOptions, SagaOptions } from './definition/saga-options.ts'
export type { ShapeOfList } from './definition/shape-of-list.ts'
export type { RetryOptions, StepKind } from './definition/step-options.ts'
export { foldSagaEvents, type ToldSaga } from './lifecycle/fold-saga-events.ts'
export {
  type LifecycleData,
  LifecycleDataSchema,
  type LifecycleEvent,
  readLifecycleEvent,
} from './lifecycle/lifecycle-event.ts'
export { type ReplayedSaga, replaySagaEvents } from './lifecycle/replay-events.ts'
export { migrateOrchestrator } from './migrate-orchestrator.ts'
export { createOrchestrator, type Orchestrator, type OrchestratorOptions } from './orchestrator.ts'
