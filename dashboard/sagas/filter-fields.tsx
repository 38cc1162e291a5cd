// The filters that are used less often, as a form: what is written counts when it is applied.
import { type FormEvent, useState } from 'react'
import { Field } from '../parts/field.tsx'
import { type Texts, textsOf, withTexts } from './filter-texts.ts'
import type { SagaFilter } from './filter-url.ts'

const fields = [
  { name: 'businessKey', label: 'Business key' },
  { name: 'step', label: 'Step under way' },
  { name: 'version', label: 'Version', type: 'number' },
  { name: 'correlationId', label: 'Correlation id' },
  { name: 'parentId', label: 'Child of saga' },
  { name: 'attribute', label: 'Attribute', hint: 'name:value; several with a comma between' },
  { name: 'startedAfter', label: 'Started after', type: 'datetime-local' },
  { name: 'startedBefore', label: 'Started before', type: 'datetime-local' },
] as const

export function FilterFields({
  filter,
  onChange,
}: {
  readonly filter: SagaFilter
  readonly onChange: (filter: SagaFilter) => void
}) {
  const [texts, setTexts] = useState<Texts>(() => textsOf(filter))
  const apply = (event: FormEvent) => {
    event.preventDefault()
    onChange(withTexts(filter, texts))
  }
  return (
    <form className="panel filter-sheet" onSubmit={apply}>
      {fields.map(({ name, label, ...rest }) => (
        <Field key={name} label={label} {...('hint' in rest && { hint: rest.hint })}>
          {(ids) => (
            <input
              {...ids}
              className="input"
              type={'type' in rest ? rest.type : 'text'}
              step="any"
              value={texts[name] ?? ''}
              onChange={({ target }) => setTexts({ ...texts, [name]: target.value })}
            />
          )}
        </Field>
      ))}
      <button type="submit" className="button main">
        Apply
      </button>
    </form>
  )
}
