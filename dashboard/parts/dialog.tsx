// Dialogs and drawers on the browser's own element: it keeps the focus inside, and Escape closes it.
import { type ReactNode, useEffect, useId, useRef } from 'react'
import { Icon } from './icons.tsx'

export function Dialog({
  title,
  footer,
  isDrawer = false,
  onClose,
  children,
}: {
  readonly title: ReactNode
  readonly footer?: ReactNode
  readonly isDrawer?: boolean
  readonly onClose: () => void
  readonly children: ReactNode
}) {
  const id = useId()
  const element = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const { current } = element
    current?.showModal()
    return () => current?.close()
  }, [])
  return (
    <dialog
      ref={element}
      className={isDrawer ? 'dialog drawer' : 'dialog'}
      aria-labelledby={id}
      onClose={onClose}
    >
      <header>
        <h2 id={id}>{title}</h2>
        <button type="button" className="button plain icon small" onClick={onClose}>
          <span className="unseen">Close</span>
          <Icon name="close" />
        </button>
      </header>
      {/* It scrolls, so the keyboard must reach it. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
      <section className="body" aria-labelledby={id} tabIndex={0}>
        {children}
      </section>
      {footer !== undefined && <footer>{footer}</footer>}
    </dialog>
  )
}
