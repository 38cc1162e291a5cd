// The details of a saga: its timeline, its messages, its state at the moment that is
// looked at, and its history entry by entry.
import { useState } from 'react'
import type { HistoryEntry } from '../chart/journey.ts'
import { Tabs } from '../parts/tabs.tsx'
import { HistoryTable } from './history-table.tsx'
import { LogTable } from './log-table.tsx'
import { MessageTable } from './message-table.tsx'
import { MomentView } from './moment-view.tsx'
import type { Saga } from './saga-page.tsx'
import { TimelineView } from './timeline-view.tsx'

type Name = 'timeline' | 'messages' | 'state' | 'history' | 'logs'

export function SagaDetails({
  saga,
  history,
  seq,
}: {
  readonly saga: Saga
  /** Up to the moment that is looked at. */
  readonly history: readonly HistoryEntry[]
  /** Null: now. */
  readonly seq: number | null
}) {
  const [tab, setTab] = useState<Name>('timeline')
  // Another section of the page is one more tab, here and below.
  const tabs = [
    { name: 'timeline', label: 'Timeline' },
    { name: 'messages', label: 'Messages' },
    { name: 'state', label: 'State' },
    { name: 'history', label: 'History', count: history.length },
    { name: 'logs', label: 'Logs' },
  ] as const
  return (
    <section className="panel clips" aria-label="Details">
      <Tabs tabs={tabs} current={tab} label="Details" onChange={setTab}>
        {tab === 'timeline' && <TimelineView history={history} saga={saga} isPast={seq !== null} />}
        {tab === 'messages' && <MessageTable id={saga.id} until={seq} />}
        {tab === 'state' && (
          <MomentView saga={saga} entry={history.at(-1) ?? null} isPast={seq !== null} />
        )}
        {tab === 'history' && <HistoryTable history={history} />}
        {tab === 'logs' && <LogTable id={saga.id} isLive={saga.endedAt === null} />}
      </Tabs>
    </section>
  )
}
