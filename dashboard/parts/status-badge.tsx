// Badges: the status of a saga, and plain words with a colour.
import type { ReactNode } from 'react'
import { type Status, statuses, type Tone } from '../words/status.ts'

export function StatusBadge({ status }: { readonly status: Status }) {
  const { label, tone, means } = statuses[status]
  return (
    <span className="badge" data-tone={tone} title={means}>
      {label}
    </span>
  )
}

export function Tag({
  tone = 'calm',
  children,
}: {
  readonly tone?: Tone
  readonly children: ReactNode
}) {
  return (
    <span className="badge tag" data-tone={tone}>
      {children}
    </span>
  )
}
