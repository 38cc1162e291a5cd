// The door `sagaline/testing`: what users import to test their sagas and participants.
export { createFaults, type Faults, type NamedFault } from '../participant/faults.ts'
export type {
  FaultOf,
  FaultScope,
  InjectedFault,
  PlannedFault,
} from '../participant/injected-fault.ts'
export { testingErrors } from './errors.ts'
export {
  createMemoryBroker,
  createMemoryBus,
  type MemoryBroker,
  type MemoryBrokerOptions,
  type MemoryBus,
} from './memory-bus.ts'
export type { OnQuery } from './memory-store.ts'
export type { RealParts } from './real-world.ts'
export { type AwaitedCommand, SagaTest, testSaga } from './saga-test.ts'
export {
  openSagaWorld,
  type SagaAtRest,
  type SagaWorld,
  type SagaWorldOptions,
} from './saga-world.ts'
