// The work lists: sagas that wait for a person, by what went wrong, and records that nobody could
// handle; each with what to do next.
import { useState } from 'react'
import { Tabs } from '../parts/tabs.tsx'
import { DeadLetters } from './dead-letters.tsx'
import { StuckSagas } from './stuck-sagas.tsx'

type Name = 'sagas' | 'letters'

export function StuckPage() {
  const [tab, setTab] = useState<Name>('sagas')
  const tabs = [
    { name: 'sagas', label: 'Stuck sagas' },
    { name: 'letters', label: 'Dead letters' },
  ] as const
  return (
    <div className="page-body">
      <header className="page-head">
        <h1>Stuck and dead letters</h1>
      </header>
      <section className="panel clips" aria-label="Work lists">
        <Tabs tabs={tabs} current={tab} label="Work lists" onChange={setTab}>
          {tab === 'sagas' ? <StuckSagas /> : <DeadLetters />}
        </Tabs>
      </section>
    </div>
  )
}
