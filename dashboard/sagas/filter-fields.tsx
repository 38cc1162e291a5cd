// The filters that are used less often, as a form: what is written counts when it is applied.
import { type FormEvent, useState } from 'react'
import { Field } from '../parts/field.tsx'
import { type SagaFilter, textFilters } from './filter-url.ts'

const fields = [
  { name: 'businessKey', label: 'Business key' },
  { name: 'step', label: 'Step under way' },
  { name: 'version', label: 'Version', type: 'number' },
  { name: 'correlationId', label: 'Correlation id' },
  { name: 'parentId', label: 'Child of saga' },
  { name: 'attribute', label: 'Attribute', hint: 'name:value' },
  { name: 'startedAfter', label: 'Started after', type: 'datetime-local' },
  { name: 'startedBefore', label: 'Started before', type: 'datetime-local' },
] as const

type Texts = Readonly<Record<string, string>>

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

function textsOf(filter: SagaFilter): Texts {
  const texts = textFilters.map((name) => [name, filter[name] ?? ''])
  return {
    ...Object.fromEntries(texts),
    startedAfter: localTime(filter.startedAfter),
    startedBefore: localTime(filter.startedBefore),
    version: filter.version === undefined ? '' : String(filter.version),
    attribute: filter.attribute?.[0] ?? '',
  }
}

function withTexts(filter: SagaFilter, texts: Texts): SagaFilter {
  const { status, name, error } = filter
  const given = textFilters.flatMap((one) => {
    const text = texts[one]?.trim() ?? ''
    if (text === '' || one === 'name' || one === 'error') return []
    return [[one, one.startsWith('started') ? new Date(text).toISOString() : text] as const]
  })
  const version = Number(texts['version'])
  const attribute = texts['attribute']?.trim() ?? ''
  return {
    ...(status && { status }),
    ...(name && { name }),
    ...(error && { error }),
    ...Object.fromEntries(given),
    ...(version > 0 && { version }),
    ...(attribute.includes(':') && { attribute: [attribute] }),
  }
}

/** As the field for a time wants it: local, to the minute. */
function localTime(at: string | undefined): string {
  if (at === undefined) return ''
  const date = new Date(at)
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000)
  return Number.isNaN(local.getTime()) ? '' : local.toISOString().slice(0, 16)
}
