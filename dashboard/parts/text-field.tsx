// A field for a text: one line, or several where it is code.
import { Field } from './field.tsx'

export function TextField({
  label,
  hint,
  value,
  isCode = false,
  onChange,
}: {
  readonly label: string
  readonly hint?: string
  readonly value: string
  readonly isCode?: boolean
  readonly onChange: (value: string) => void
}) {
  return (
    <Field label={label} {...(hint !== undefined && { hint })}>
      {(ids) =>
        isCode ? (
          <textarea
            {...ids}
            className="input mono"
            value={value}
            onChange={({ target }) => onChange(target.value)}
          />
        ) : (
          <input
            {...ids}
            className="input"
            value={value}
            onChange={({ target }) => onChange(target.value)}
          />
        )
      }
    </Field>
  )
}
