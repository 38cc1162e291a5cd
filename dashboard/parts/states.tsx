// What a view shows while there is nothing to show: it loads, it is empty, it failed, or the server
// cannot tell.
import type { ReactNode } from 'react'
import { problemText } from '../api/client.ts'
import type { Tone } from '../words/status.ts'
import { Icon, type IconName } from './icons.tsx'

export function Blank({
  icon,
  title,
  children,
  action,
}: {
  readonly icon: IconName
  readonly title: string
  readonly children?: ReactNode
  readonly action?: ReactNode
}) {
  return (
    <div className="blank">
      <span className="emblem">
        <Icon name={icon} size={20} />
      </span>
      <h2>{title}</h2>
      {children !== undefined && <p>{children}</p>}
      {action}
    </div>
  )
}

export function Failed({
  error,
  onRetry,
}: {
  readonly error: unknown
  readonly onRetry: () => void
}) {
  return (
    <div role="alert">
      <Blank
        icon="stuck"
        title="This could not be loaded"
        action={
          <button type="button" className="button" onClick={onRetry}>
            Try again
          </button>
        }
      >
        {problemText(error)}
      </Blank>
    </div>
  )
}

/** Lines of about the height of what will stand there. */
export function Loading({ lines = 4 }: { readonly lines?: number }) {
  return (
    <div className="stack loading" aria-busy="true">
      <span className="unseen">Loading</span>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <span key={line} className={`ghost w${line % 3}`} />
      ))}
    </div>
  )
}

export function Note({
  tone,
  icon,
  title,
  children,
}: {
  readonly tone: Tone
  readonly icon: IconName
  readonly title: string
  readonly children?: ReactNode
}) {
  return (
    <div className="note" data-tone={tone}>
      <Icon name={icon} />
      <strong>{title}</strong>
      {children !== undefined && <div>{children}</div>}
    </div>
  )
}
