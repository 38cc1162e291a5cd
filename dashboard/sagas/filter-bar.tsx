// The filters of the list: the statuses as switches, the error words as a search, the rest in a sheet
// that opens below; what is set stands there as words that can be taken away.
import { type FormEvent, useEffect, useState } from 'react'
import { useDefinitions } from '../api/queries.ts'
import { Icon } from '../parts/icons.tsx'
import { type Status, statuses, statusNames } from '../words/status.ts'
import { FilterFields } from './filter-fields.tsx'
import { type SagaFilter, type TextFilter, textFilters } from './filter-url.ts'

type Change = { readonly filter: SagaFilter; readonly onChange: (filter: SagaFilter) => void }

export function FilterBar({ filter, onChange }: Change) {
  const [isOpen, setOpen] = useState(false)
  return (
    <section className="filters" aria-label="Filters">
      <div className="row">
        <NameChoice filter={filter} onChange={onChange} />
        <ErrorSearch filter={filter} onChange={onChange} />
        <button
          type="button"
          className="button"
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name="filter" />
          More filters
        </button>
      </div>
      <StatusSwitches filter={filter} onChange={onChange} />
      {isOpen && <FilterFields filter={filter} onChange={onChange} />}
      <Chips filter={filter} onChange={onChange} />
    </section>
  )
}

function NameChoice({ filter: { name, ...rest }, onChange }: Change) {
  const { data } = useDefinitions()
  const names = [
    ...new Set([...(data?.items ?? []).map((one) => one.name), ...(name ? [name] : [])]),
  ]
  return (
    <select
      className="input name-choice"
      aria-label="Saga"
      value={name ?? ''}
      onChange={({ target: { value } }) => onChange(value === '' ? rest : { ...rest, name: value })}
    >
      <option value="">All sagas</option>
      {names.map((one) => (
        <option key={one}>{one}</option>
      ))}
    </select>
  )
}

function ErrorSearch({ filter, onChange }: Change) {
  const [words, setWords] = useState(filter.error ?? '')
  useEffect(() => setWords(filter.error ?? ''), [filter.error])
  const search = (event: FormEvent) => {
    event.preventDefault()
    const { error: _, ...rest } = filter
    onChange(words.trim() === '' ? rest : { ...rest, error: words.trim() })
  }
  return (
    <form className="search" onSubmit={search}>
      <Icon name="search" />
      <input
        className="input"
        type="search"
        aria-label="Words of an error"
        placeholder="Search in errors"
        value={words}
        onChange={({ target }) => setWords(target.value)}
        onBlur={search}
      />
    </form>
  )
}

function StatusSwitches({ filter, onChange }: Change) {
  const { status: picked = [], ...rest } = filter
  const toggle = (status: Status) => {
    const next = picked.includes(status)
      ? picked.filter((one) => one !== status)
      : [...picked, status]
    onChange(next.length === 0 ? rest : { ...rest, status: next })
  }
  return (
    <fieldset className="switches">
      <legend className="unseen">Status</legend>
      {statusNames.map((status) => (
        <label key={status} className="switch" data-tone={statuses[status].tone}>
          <input
            type="checkbox"
            className="unseen"
            checked={picked.includes(status)}
            onChange={() => toggle(status)}
          />
          {statuses[status].label}
        </label>
      ))}
    </fieldset>
  )
}

const words: Readonly<Record<TextFilter, string>> = {
  name: 'Saga',
  step: 'Step',
  businessKey: 'Business key',
  correlationId: 'Correlation id',
  parentId: 'Child of',
  error: 'Error has',
  startedAfter: 'Started after',
  startedBefore: 'Started before',
}

/** What the bar itself shows needs no chip. */
const inBar: readonly TextFilter[] = ['name', 'error']

function Chips({ filter, onChange }: Change) {
  const without = (name: keyof SagaFilter) => {
    const { [name]: _, ...rest } = filter
    onChange(rest)
  }
  const texts = textFilters.filter((name) => filter[name] !== undefined && !inBar.includes(name))
  const { version, attribute = [] } = filter
  if (texts.length === 0 && version === undefined && attribute.length === 0) return null
  return (
    <div className="row">
      {texts.map((name) => (
        <Chip key={name} label={`${words[name]}: ${filter[name]}`} onDrop={() => without(name)} />
      ))}
      {version !== undefined && (
        <Chip label={`Version ${version}`} onDrop={() => without('version')} />
      )}
      {attribute.map((one) => (
        <Chip key={one} label={one} onDrop={() => without('attribute')} />
      ))}
    </div>
  )
}

function Chip({ label, onDrop }: { readonly label: string; readonly onDrop: () => void }) {
  return (
    <button type="button" className="chip" onClick={onDrop}>
      {label}
      <span className="unseen">: take this filter away</span>
      <Icon name="close" size={12} />
    </button>
  )
}
