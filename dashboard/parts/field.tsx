// A named field of a form, with what helps and what is wrong below it.
import { type ReactNode, useId } from 'react'

export type FieldProps = {
  readonly label: string
  readonly hint?: ReactNode
  readonly wrong?: string | null
  /** Is given the ids that tie it to its words. */
  readonly children: (ids: FieldIds) => ReactNode
}

export type FieldIds = {
  readonly id: string
  readonly 'aria-describedby'?: string
  readonly 'aria-invalid'?: boolean
}

export function Field({ label, hint, wrong = null, children }: FieldProps) {
  const id = useId()
  const about = `${id}-about`
  const isExplained = hint !== undefined || wrong !== null
  const ids = {
    id,
    ...(isExplained && { 'aria-describedby': about }),
    ...(wrong !== null && { 'aria-invalid': true }),
  }
  return (
    <div className="field">
      <label className="name" htmlFor={id}>
        {label}
      </label>
      {children(ids)}
      {wrong !== null ? (
        <span className="wrong" id={about}>
          {wrong}
        </span>
      ) : (
        hint !== undefined && (
          <span className="hint" id={about}>
            {hint}
          </span>
        )
      )}
    </div>
  )
}
