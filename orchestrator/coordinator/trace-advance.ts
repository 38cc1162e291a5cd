// The span of a reply, a signal or a verb that came to its saga: from the beginning of the transaction
// to its commit, in the trace of what brought it, and linked to the start of the saga.
import type { Tracing } from '../../messaging/tracing.ts'
import type { ChangedSaga } from '../store/write-sagas.ts'
import type { Incoming } from './fold-sagas.ts'

type Committed = {
  readonly items: readonly { readonly item: Incoming }[]
  readonly seconds: number
  readonly now: Date
  readonly changed: readonly Pick<ChangedSaga, 'saga'>[]
}

export function traceAdvance(tracing: Tracing, { items, seconds, now, changed }: Committed): void {
  const starts = new Map(changed.map(({ saga }) => [saga.id, saga.trace?.start ?? null]))
  for (const { item } of items) {
    const { sagaId, event } = item
    if (!('traceparent' in event) || event.traceparent === undefined) continue
    const span = tracing.begin({
      name: 'advance saga',
      kind: 'consumer',
      parent: event.traceparent,
      links: [starts.get(sagaId) ?? null],
      startedAt: now.getTime() - seconds * 1_000,
      attributes: {
        'sagaline.saga.id': sagaId,
        'sagaline.event': event.type,
        'sagaline.batch.items': items.length,
      },
    })
    span.end()
  }
}
