// The span of a reply or a signal that moved its saga: from the beginning of the transaction to its
// commit, in the trace of the message that brought it.
import type { Tracing } from '../../messaging/tracing.ts'
import type { Incoming } from './fold-sagas.ts'

type Committed = {
  readonly items: readonly { readonly item: Incoming }[]
  readonly seconds: number
  readonly now: Date
}

export function traceAdvance(tracing: Tracing, { items, seconds, now }: Committed): void {
  for (const { item } of items) {
    const { sagaId, event } = item
    if (!('traceparent' in event) || event.traceparent === undefined) continue
    const span = tracing.begin({
      name: 'advance saga',
      kind: 'consumer',
      parent: event.traceparent,
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
