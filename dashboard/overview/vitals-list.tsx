// Whether the machinery keeps up: what is not read yet, not sent yet, and the oldest saga.
import { Link } from 'wouter'
import type { Api } from '../../orchestrator/client/index.ts'
import { Ago } from '../parts/age.tsx'
import { countText, lengthText } from '../words/format.ts'

/** From here on a person should look. */
const alarming = { lag: 1_000, outboxAgeMs: 5_000 } as const

export function VitalsList({ vitals }: { readonly vitals: Api['get-vitals']['answer'] }) {
  const { consumerLag, outboxAgeMs, publishBatches, oldestSaga } = vitals
  const isLate = outboxAgeMs !== null && outboxAgeMs > alarming.outboxAgeMs
  return (
    <dl className="vitals num">
      {Object.entries(consumerLag).map(([topic, lag]) => (
        <div key={topic} data-alarm={lag > alarming.lag}>
          <dt>
            Lag on <span className="mono">{topic}</span>
          </dt>
          <dd>{countText(lag)}</dd>
        </div>
      ))}
      <div data-alarm={isLate}>
        <dt>Oldest message not sent</dt>
        <dd>{outboxAgeMs === null ? 'none' : lengthText(outboxAgeMs)}</dd>
      </div>
      <div>
        <dt>Batches to publish</dt>
        <dd>{countText(publishBatches)}</dd>
      </div>
      <div>
        <dt>Oldest saga in flight</dt>
        <dd>
          {oldestSaga === null ? (
            'none'
          ) : (
            <Link href={`/sagas/${oldestSaga.id}`}>
              {oldestSaga.name}, <Ago at={oldestSaga.startedAt} />
            </Link>
          )}
        </dd>
      </div>
    </dl>
  )
}
