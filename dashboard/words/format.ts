// How numbers, times and lengths are written: short, in one way everywhere.

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const

/** `840 ms`, `4.2 s`, `3 min 20 s`, `2 h 5 min`, `6 d 3 h`. */
export function lengthText(ms: number): string {
  const length = Math.max(0, ms)
  if (length < 999.5) return `${Math.round(length)} ms`
  if (length < 9_950) return `${(length / 1_000).toFixed(1)} s`
  if (length < 59_500) return `${Math.round(length / 1_000)} s`
  const whole = Math.round(length / 1_000) * 1_000
  const index = units.findIndex(([, size]) => whole >= size)
  const [unit, size] = units[index] ?? (['min', 60_000] as const)
  const [nextUnit, nextSize] = units[index + 1] ?? (['s', 1_000] as const)
  const count = Math.floor(whole / size)
  const rest = Math.floor((whole - count * size) / nextSize)
  return rest === 0 ? `${count} ${unit}` : `${count} ${unit} ${rest} ${nextUnit}`
}

/** `just now`, `12 s ago`, `in 3 min`. */
export function agoText(at: string | number, nowMs: number): string {
  const ms = nowMs - new Date(at).getTime()
  if (Math.abs(ms) < 1_500) return 'just now'
  const text = coarse(Math.abs(ms))
  return ms < 0 ? `in ${text}` : `${text} ago`
}

function coarse(ms: number): string {
  const [unit, size] = units.find(([, one]) => ms >= one) ?? (['s', 1_000] as const)
  return `${Math.floor(ms / size)} ${unit}`
}

const clockTime = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
})
const dayTime = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })
const plain = new Intl.NumberFormat('en')
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

export const clockText = (at: string): string => clockTime.format(new Date(at))
export const dateText = (at: string | number): string => dayTime.format(new Date(at))
export const countText = (value: number): string => plain.format(value)
export const shortCountText = (value: number): string =>
  value < 10_000 ? plain.format(value) : compact.format(value)

/** The first eight characters tell UUIDs of a moment apart only at their end. */
export const shortId = (id: string): string => `${id.slice(0, 8)}…${id.slice(-4)}`

/** `takePayment` and `take-payment` as a person writes them. */
export function plainName(name: string): string {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll(/[-_.]/g, ' ')
    .toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** Whatever went wrong, in one line. */
export function reasonText(reason: unknown): string {
  if (reason === null || reason === undefined) return ''
  if (typeof reason === 'string') return reason
  if (typeof reason !== 'object') return String(reason)
  const { code, message } = reason as { readonly code?: unknown; readonly message?: unknown }
  const parts = [code, message].filter((part) => typeof part === 'string')
  return parts.length > 0 ? parts.join(': ') : JSON.stringify(reason)
}
