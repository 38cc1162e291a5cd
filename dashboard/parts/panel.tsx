// The sheet that everything lies on: a heading, what belongs beside it, and the content.
import { type ReactNode, useId } from 'react'

export function Panel({
  title,
  about,
  actions,
  isFlush = false,
  children,
}: {
  readonly title: ReactNode
  readonly about?: ReactNode
  readonly actions?: ReactNode
  /** The content reaches the edges: tables and diagrams. */
  readonly isFlush?: boolean
  readonly children: ReactNode
}) {
  const id = useId()
  return (
    <section className={isFlush ? 'panel clips' : 'panel'} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {about !== undefined && <p>{about}</p>}
        {actions !== undefined && <div className="actions">{actions}</div>}
      </header>
      {isFlush ? children : <div className="body">{children}</div>}
    </section>
  )
}
