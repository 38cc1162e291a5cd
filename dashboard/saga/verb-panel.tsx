// What a person can do to a saga as it stands, each with its effect beside it, and what would follow
// if it failed now. What would be refused says why.
import { useState } from 'react'
import { useVerbs } from '../api/queries.ts'
import { Panel } from '../parts/panel.tsx'
import { Blank, Failed, Loading } from '../parts/states.tsx'
import { verbWords } from '../words/verbs.ts'
import type { Saga } from './saga-page.tsx'
import { SignalDialog } from './signal-dialog.tsx'
import { UndoPlan } from './undo-plan.tsx'
import { VerbDialog } from './verb-dialog.tsx'
import { effectText, type PossibleVerb, verbLabel } from './verb-text.ts'

export function VerbPanel({ saga }: { readonly saga: Saga }) {
  const verbs = useVerbs(saga.id)
  const [chosen, setChosen] = useState<PossibleVerb | null>(null)
  const [signal, setSignal] = useState<string | null>(null)
  const { data, error } = verbs
  return (
    <div className="stack side">
      <Panel title="What you can do">
        {error !== null && <Failed error={error} onRetry={() => void verbs.refetch()} />}
        {data === undefined && error === null && <Loading lines={6} />}
        {data?.items === null && (
          <Blank icon="definitions" title="Not known here">
            The orchestrator that answers does not have its definition.
          </Blank>
        )}
        {data !== undefined && data.items !== null && (
          <VerbList items={data.items} saga={saga} onChoose={setChosen} onSignal={setSignal} />
        )}
      </Panel>
      {data?.ifItFailed != null && <UndoPlan plan={data.ifItFailed} />}
      {chosen !== null && (
        <VerbDialog saga={saga} possible={chosen} onClose={() => setChosen(null)} />
      )}
      {signal !== null && (
        <SignalDialog saga={saga} signal={signal} onClose={() => setSignal(null)} />
      )}
    </div>
  )
}

function VerbList({
  items,
  saga,
  onChoose,
  onSignal,
}: {
  readonly items: readonly PossibleVerb[]
  readonly saga: Saga
  readonly onChoose: (possible: PossibleVerb) => void
  readonly onSignal: (signal: string) => void
}) {
  const possible = items.filter(({ outcome }) => outcome === 'acts')
  const refused = items.filter(({ outcome }) => outcome !== 'acts')
  const signals = [...new Set((saga.waitsFor ?? []).map(({ signal }) => signal))]
  return (
    <>
      {possible.length === 0 && signals.length === 0 && (
        <p className="quiet">Nothing: this saga has ended.</p>
      )}
      <ul className="verbs">
        {signals.map((signal) => (
          <li key={signal}>
            <button type="button" className="button" onClick={() => onSignal(signal)}>
              Send {signal}
            </button>
            <p>It waits for this signal.</p>
          </li>
        ))}
        {possible.map((one) => (
          <li key={`${one.verb} ${one.step} ${one.visit} ${one.effect}`}>
            <button
              type="button"
              className={verbWords[one.verb].isGrave ? 'button danger' : 'button'}
              onClick={() => onChoose(one)}
            >
              {verbLabel(one)}
            </button>
            <p>{effectText(one)}</p>
          </li>
        ))}
      </ul>
      {refused.length > 0 && <Refused items={refused} />}
    </>
  )
}

function Refused({ items }: { readonly items: readonly PossibleVerb[] }) {
  return (
    <details className="refused">
      <summary>Not possible now ({items.length})</summary>
      <ul>
        {items.map(({ verb, refusal }) => (
          <li key={verb}>
            <strong>{verbWords[verb].label}</strong>{' '}
            <span className="quiet">{refusal?.detail ?? 'It is there already.'}</span>
          </li>
        ))}
      </ul>
    </details>
  )
}
