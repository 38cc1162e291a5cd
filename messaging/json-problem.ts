// Finds JSON that parses but that Postgres or a later stringify would choke on, so that one such
// payload is refused alone instead of failing the batch it is in. Called by the envelope.

/** Nesting beyond this is nobody's payload; it overflows the stack of recursive readers. */
const depthMax = 100

/** `text` is the JSON of `data`. Costs next to nothing unless the text looks suspicious. */
export function jsonProblem(text: string, data: unknown): string | null {
  if (mayBeTooDeep(text) && isTooDeep(text)) return `it nests deeper than ${depthMax}`
  if (text.includes('\\u0000') || text.includes('\\ud') || text.includes('\\uD')) {
    if (!isStorable(data)) return 'it holds NUL or half a surrogate pair'
  }
  return null
}

/** Each level takes two characters and opens a bracket, which are found faster than read. */
function mayBeTooDeep(text: string): boolean {
  if (text.length <= 2 * depthMax) return false
  let opened = 0
  for (const bracket of ['{', '[']) {
    let at = text.indexOf(bracket)
    while (at !== -1 && opened <= depthMax) {
      opened += 1
      at = text.indexOf(bracket, at + 1)
    }
  }
  return opened > depthMax
}

function isTooDeep(text: string): boolean {
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (unit === quote) at = endOfString(text, at)
    else if (unit === openBrace || unit === openBracket) depth += 1
    else if (unit === closeBrace || unit === closeBracket) depth -= 1
    if (depth > depthMax) return true
  }
  return false
}

const [quote, backslash, openBrace, closeBrace, openBracket, closeBracket] = [
  0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d,
]

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end === -1 ? text.length : end
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0
  while (text.charCodeAt(at - slashes - 1) === backslash) slashes += 1
  return slashes % 2 === 1
}

const loneSurrogate = /\p{Surrogate}/u

function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return !loneSurrogate.test(value) && !value.includes('\0')
  if (typeof value !== 'object' || value === null) return true
  if (Array.isArray(value)) return value.every(isStorable)
  return Object.entries(value).every(([name, inner]) => isStorable(name) && isStorable(inner))
}
