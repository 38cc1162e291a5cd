// The id of a new saga. It is drawn until its replies come to this process, which then knows the saga
// from its start to its end: no row is read under a lock because another one wrote it last, and whoever
// waits here for the end is told here. See docs/decisions/0021.
import type { SagaId } from '../../messaging/message.ts'

/** With so many draws one of some dozens of processes finds its own; any other id works as well. */
const drawsMax = 64

export function drawSagaId(newId: () => string, takes?: (key: string) => boolean): SagaId {
  let id = newId()
  if (takes === undefined) return id as SagaId
  for (let draws = 1; draws < drawsMax && !takes(id); draws += 1) id = newId()
  return id as SagaId
}
