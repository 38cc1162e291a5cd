// A box that a table may be wider than: it scrolls, so the keyboard must reach it.
import type { ReactNode } from 'react'

export function ScrollBox({
  label,
  more = '',
  children,
}: {
  readonly label: string
  readonly more?: string
  readonly children: ReactNode
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <section className={`table-box ${more}`} tabIndex={0} aria-label={label}>
      {children}
    </section>
  )
}
