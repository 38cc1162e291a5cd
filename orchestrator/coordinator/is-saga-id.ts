// Whether text from outside can be the id of a saga: anything else never reaches Postgres.
import type { SagaId } from '../../messaging/message.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export function isSagaId(text: string): text is SagaId {
  return uuid.test(text)
}
