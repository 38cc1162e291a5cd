// The door `sagaline/testing`: what users import to test their sagas and participants.
export {
  createMemoryBroker,
  createMemoryBus,
  type MemoryBroker,
  type MemoryBrokerOptions,
  type MemoryBus,
} from './memory-bus.ts'
export { type AwaitedCommand, SagaTest, testSaga } from './saga-test.ts'
