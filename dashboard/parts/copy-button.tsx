// Copies a text, and says that it did.
import { useState } from 'react'
import { Icon } from './icons.tsx'

const saidMs = 1_500

export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  const [isDone, setDone] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setDone(true)
    setTimeout(() => setDone(false), saidMs)
  }
  return (
    <button type="button" className="button plain icon small" onClick={() => void copy()}>
      <span className="unseen">{isDone ? 'Copied' : `Copy ${what}`}</span>
      <Icon name={isDone ? 'check' : 'copy'} size={14} />
    </button>
  )
}
