// Faults on purpose, in development: which step will go wrong and how, and what is still to come.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { client, problemText } from '../api/client.ts'
import { readActor } from '../api/session.ts'
import { Field } from '../parts/field.tsx'
import { Note } from '../parts/states.tsx'
import { TextField } from '../parts/text-field.tsx'
import { type ChosenFault, type FaultKind, faultKinds, faultWords } from './fault-order.ts'
import type { FaultService } from './use-fault-choice.ts'

export function FaultFields({
  steps,
  services,
  chosen,
  wrong,
  onChange,
}: {
  /** Those that some service can be made to fail at. */
  readonly steps: readonly string[]
  readonly services: readonly FaultService[]
  readonly chosen: ChosenFault
  readonly wrong: string | null
  readonly onChange: (chosen: ChosenFault) => void
}) {
  const { step } = chosen
  return (
    <fieldset className="faults">
      <legend>
        Fault on purpose <span className="badge tag">development</span>
      </legend>
      <Field label="Step that goes wrong" wrong={wrong}>
        {(ids) => (
          <select
            {...ids}
            className="input"
            value={step ?? ''}
            onChange={({ target }) =>
              onChange({ ...chosen, step: target.value === '' ? null : target.value })
            }
          >
            <option value="">None</option>
            {steps.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        )}
      </Field>
      {step !== null && <Details chosen={chosen} onChange={onChange} />}
      <Waiting services={services} />
    </fieldset>
  )
}

/** What happens, how often, and what belongs to it. */
function Details({
  chosen,
  onChange,
}: {
  readonly chosen: ChosenFault
  readonly onChange: (chosen: ChosenFault) => void
}) {
  const { kind, times, reason, ms } = chosen
  return (
    <>
      <div className="pair">
        <Field label="What happens" hint={faultWords[kind][1]}>
          {(ids) => (
            <select
              {...ids}
              className="input"
              value={kind}
              onChange={({ target }) => onChange({ ...chosen, kind: target.value as FaultKind })}
            >
              {faultKinds.map((one) => (
                <option key={one} value={one}>
                  {faultWords[one][0]}
                </option>
              ))}
            </select>
          )}
        </Field>
        <TextField
          label="How often"
          hint="The next so many commands of that step, of whatever saga."
          value={times}
          onChange={(value) => onChange({ ...chosen, times: value })}
        />
      </div>
      {(kind === 'decline' || kind === 'throw') && (
        <TextField
          label={kind === 'decline' ? 'Reason, as JSON' : 'What it throws'}
          value={reason}
          onChange={(value) => onChange({ ...chosen, reason: value })}
        />
      )}
      {kind === 'delay' && (
        <TextField
          label="Delay in ms"
          value={ms}
          onChange={(value) => onChange({ ...chosen, ms: value })}
        />
      )}
    </>
  )
}

/** What was ordered before, by whomever, and has not happened yet. */
function Waiting({ services }: { readonly services: readonly FaultService[] }) {
  const queries = useQueryClient()
  const clear = useMutation({
    mutationFn: () => {
      const actor = readActor() || 'dashboard'
      return client.call('clear-faults', { body: { actor, reason: 'not wanted any more' } })
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['faults'] }),
  })
  const waiting = services.flatMap(({ faults }) => faults.filter(({ left }) => left > 0))
  const away = services.filter(({ problem }) => problem !== null)
  return (
    <>
      {away.map(({ url, problem }) => (
        <Note key={url} tone="calm" icon="info" title={`${url} cannot be asked`}>
          {problem}
        </Note>
      ))}
      {clear.error !== null && (
        <Note tone="bad" icon="stuck" title="They are still there">
          {problemText(clear.error)}
        </Note>
      )}
      {waiting.length > 0 && (
        <div className="waiting-faults">
          <ul>
            {waiting.map(({ command, step, fault, left }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: two of them may be all alike
              <li key={index}>
                <span className="mono">{command}</span> {step}: {fault.kind}, {left} to come
              </li>
            ))}
          </ul>
          <button
            type="button"
            className="button small"
            disabled={clear.isPending}
            onClick={() => clear.mutate()}
          >
            Take them away
          </button>
        </div>
      )}
    </>
  )
}
