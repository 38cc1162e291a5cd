// Tabs, with the arrow keys going from one to the next.
import type { KeyboardEvent, ReactNode } from 'react'

export type Tab<Name extends string> = {
  readonly name: Name
  readonly label: string
  readonly count?: number | undefined
}

export function Tabs<Name extends string>({
  tabs,
  current,
  label,
  onChange,
  children,
}: {
  readonly tabs: readonly Tab<Name>[]
  readonly current: Name
  readonly label: string
  readonly onChange: (name: Name) => void
  readonly children: ReactNode
}) {
  const onKey = (event: KeyboardEvent<HTMLDivElement>) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (by === undefined) return
    const place = tabs.findIndex(({ name }) => name === current)
    const next = tabs[(place + by + tabs.length) % tabs.length]
    if (next === undefined) return
    onChange(next.name)
    document.getElementById(`tab-${next.name}`)?.focus()
  }
  return (
    <>
      <div className="tabs" role="tablist" aria-label={label} onKeyDown={onKey}>
        {tabs.map(({ name, label: text, count }) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            aria-selected={name === current}
            aria-controls="tab-panel"
            tabIndex={name === current ? 0 : -1}
            onClick={() => onChange(name)}
          >
            {text} {count !== undefined && <span className="num">{count}</span>}
          </button>
        ))}
      </div>
      <div id="tab-panel" role="tabpanel" aria-labelledby={`tab-${current}`}>
        {children}
      </div>
    </>
  )
}
