// JSON to read: indented, names in colour, and what was hidden shown as hidden.
import type { ReactNode } from 'react'

/** What the server writes in the place of sensitive values. */
const hidden = '[sensitive]'

export function JsonView({ value, label }: { readonly value: unknown; readonly label: string }) {
  const text = JSON.stringify(value, null, 2) ?? 'null'
  return (
    // It scrolls, so the keyboard must reach it.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields
    <pre className="json" role="group" aria-label={label} tabIndex={0}>
      {text.split('\n').map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have nothing else
        <span key={index}>
          {painted(line)}
          {'\n'}
        </span>
      ))}
    </pre>
  )
}

function painted(line: string): ReactNode {
  const [, indent = '', name, rest = ''] = /^(\s*)("(?:[^"\\]|\\.)*")?(.*)$/s.exec(line) ?? []
  const isName = name !== undefined && rest.startsWith(':')
  const shown = isName ? rest : `${name ?? ''}${rest}`
  return (
    <>
      {indent}
      {isName && <span className="key">{name}</span>}
      {shown.includes(`"${hidden}"`) ? <span className="hidden-value">{shown}</span> : shown}
    </>
  )
}
