// One saga: what is wrong with it first, then its diagram with the way it took, what a person may do,
// and below every detail. A slider goes back to each moment of its history.
import { useState } from 'react'
import { isCode } from '../api/client.ts'
import { useDefinition } from '../api/queries.ts'
import { ChartView } from '../chart/chart-view.tsx'
import { journeyOf } from '../chart/journey.ts'
import { Panel } from '../parts/panel.tsx'
import { Blank, Failed, Loading } from '../parts/states.tsx'
import { SagaDetails } from './saga-details.tsx'
import { SagaHead } from './saga-head.tsx'
import { TimeSlider } from './time-slider.tsx'
import { useSaga } from './use-saga.ts'
import { VerbPanel } from './verb-panel.tsx'

export type Saga = NonNullable<ReturnType<typeof useSaga>['saga']['data']>

export function SagaPage({ id }: { readonly id: string }) {
  const { saga, history } = useSaga(id)
  const [seq, setSeq] = useState<number | null>(null)
  if (isCode(saga.error, 'SAGA_NOT_FOUND')) {
    return (
      <div className="page-body">
        <h1>Saga</h1>
        <Blank icon="search" title="There is no such saga">
          {`No saga with the id ${id} is here, or you may not see it.`}
        </Blank>
      </div>
    )
  }
  if (saga.error !== null && saga.data === undefined) {
    return (
      <div className="page-body">
        <Failed error={saga.error} onRetry={() => void saga.refetch()} />
      </div>
    )
  }
  if (saga.data === undefined) {
    return (
      <div className="page-body">
        <Loading lines={10} />
      </div>
    )
  }
  const isPast = seq !== null && seq < (history.at(-1)?.seq ?? 0)
  const until = isPast ? history.filter((entry) => entry.seq <= seq) : history
  return (
    <div className="page-body">
      <SagaHead saga={saga.data} />
      <TimeSlider history={history} seq={isPast ? seq : null} onChange={setSeq} />
      <SagaChart saga={saga.data} history={until} isPast={isPast} />
      <div className="saga-main">
        {saga.data.archived !== true && <VerbPanel saga={saga.data} />}
        <SagaDetails saga={saga.data} history={until} seq={isPast ? seq : null} />
      </div>
    </div>
  )
}

function SagaChart({
  saga,
  history,
  isPast,
}: {
  readonly saga: Saga
  readonly history: ReturnType<typeof useSaga>['history']
  readonly isPast: boolean
}) {
  const definition = useDefinition(saga.name, saga.version)
  const { data, error } = definition
  const failed = history.some(({ facts }) => facts.some(({ type }) => type === 'saga.compensating'))
  return (
    <Panel
      title="Statechart"
      about={
        <span className="legend">
          <span data-what="taken">taken</span>
          <span data-what="now">{isPast ? 'then' : 'now'}</span>
          <span data-what="back">undone</span>
        </span>
      }
      isFlush
    >
      {error !== null && isUnknown(error) ? (
        <Blank icon="definitions" title="Its definition is not here">
          {`The orchestrator that answers does not have ${saga.name} version ${saga.version}.`}
        </Blank>
      ) : error !== null ? (
        <Failed error={error} onRetry={() => void definition.refetch()} />
      ) : data === undefined ? (
        <div className="chart">
          <Loading lines={3} />
        </div>
      ) : (
        <ChartView
          definition={data}
          journey={journeyOf(data.chart, history)}
          failedStep={failed ? (saga.failure?.step ?? null) : null}
        />
      )}
    </Panel>
  )
}

const isUnknown = (error: unknown) =>
  isCode(error, 'DEFINITION_UNKNOWN') || isCode(error, 'SAGA_NAME_UNKNOWN')
