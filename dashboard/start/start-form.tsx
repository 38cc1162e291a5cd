// The form itself: a field for each part of the input, and the key that makes a repeat harmless.
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useMemo, useState } from 'react'
import { useLocation } from 'wouter'
import { failureTitle, useAskKey } from '../api/asked.ts'
import { client, problemText } from '../api/client.ts'
import { Field } from '../parts/field.tsx'
import { Note } from '../parts/states.tsx'
import { TextField } from '../parts/text-field.tsx'
import { FaultFields } from './fault-fields.tsx'
import { type FormField, fieldsOf, inputOf, keyOf, type Values } from './schema-form.ts'
import type { Startable } from './start-page.tsx'
import { useFaultChoice } from './use-fault-choice.ts'

export function StartForm({ definition }: { readonly definition: Startable }) {
  const { name, input: schema } = definition
  const faults = useFaultChoice(definition)
  const fields = useMemo(() => fieldsOf(schema), [schema])
  const [values, setValues] = useState<Values>({})
  const [key, setKey] = useState('')
  const ownKey = useAskKey()
  const [isShown, setShown] = useState(false)
  const [, goTo] = useLocation()
  const { input, wrong } = inputOf(fields, values)
  const start = useMutation({
    mutationFn: async () => {
      await faults.send()
      return client.call('start-saga', {
        path: { saga: name },
        body: input as Readonly<Record<string, unknown>>,
        headers: { 'idempotency-key': key === '' ? ownKey : key },
      })
    },
    onSuccess: ({ id }) => goTo(`/sagas/${id}`),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setShown(true)
    if (wrong.size === 0 && faults.fields.wrong === null) start.mutate()
  }
  return (
    <form className="stack" onSubmit={submit} noValidate>
      <InputFields
        fields={fields}
        values={values}
        wrong={isShown ? wrong : new Map()}
        onChange={setValues}
      />
      <TextField
        label="Idempotency key"
        hint="The same key again starts nothing new. Left empty, this form has its own."
        value={key}
        onChange={setKey}
      />
      {faults.isAllowed && <FaultFields {...faults.fields} />}
      {start.error !== null && (
        <Note tone="bad" icon="stuck" title={failureTitle(start.error, 'It was not started')}>
          {problemText(start.error)}
        </Note>
      )}
      <div className="row">
        <button type="submit" className="button main" disabled={start.isPending}>
          Start {name}
        </button>
      </div>
    </form>
  )
}

function InputFields({
  fields,
  values,
  wrong,
  onChange,
}: {
  readonly fields: readonly FormField[]
  readonly values: Values
  readonly wrong: ReadonlyMap<string, string>
  readonly onChange: (values: Values) => void
}) {
  return (
    <div className="input-fields">
      {fields.map((field) => {
        const id = keyOf(field.path)
        return (
          <InputField
            key={id}
            field={field}
            value={values[id] ?? ''}
            wrong={wrong.get(id) ?? null}
            onChange={(value) => onChange({ ...values, [id]: value })}
          />
        )
      })}
    </div>
  )
}

function InputField({
  field: { label, kind, isRequired, isSensitive, hint, choices },
  value,
  wrong,
  onChange,
}: {
  readonly field: FormField
  readonly value: string
  readonly wrong: string | null
  readonly onChange: (value: string) => void
}) {
  const name = isRequired ? label : `${label} (optional)`
  return (
    <Field label={name} wrong={wrong} {...(hint !== null && { hint })}>
      {(ids) => {
        const rest = { ...ids, className: kind === 'json' ? 'input mono' : 'input', value }
        if (kind === 'check') {
          return (
            <input
              {...ids}
              type="checkbox"
              checked={value === 'true'}
              onChange={({ target }) => onChange(String(target.checked))}
            />
          )
        }
        if (kind === 'choice') {
          return (
            <select {...rest} onChange={({ target }) => onChange(target.value)}>
              <option value="">{isRequired ? 'Choose one' : 'None'}</option>
              {choices.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          )
        }
        if (kind === 'json') {
          return <textarea {...rest} onChange={({ target }) => onChange(target.value)} />
        }
        return (
          <input
            {...rest}
            type={isSensitive ? 'password' : kind === 'number' ? 'number' : 'text'}
            {...(isSensitive && { autoComplete: 'off' })}
            step="any"
            onChange={({ target }) => onChange(target.value)}
          />
        )
      }}
    </Field>
  )
}
