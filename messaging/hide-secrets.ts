// Takes secrets out of lines that are about to be written: those that the program knows it has, and
// everything that looks like one. For the log, and for what is said on the way out.

const hidden = '***'

/** What looks like a secret, and what is left of it. */
const looks: readonly (readonly [RegExp, string])[] = [
  // The password in a URL, also where it holds an @.
  [/([a-z][\w+.-]*:\/\/[^\s:/@"\\]*):[^\s"\\]+@/gi, `$1:${hidden}@`],
  [/\b(bearer|basic) +[\w.~+/=-]{8,}/gi, `$1 ${hidden}`],
  [/\bsgl_[0-9a-f]+_[0-9a-f]+/g, `sgl_${hidden}`],
  // A JSON Web Token.
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, hidden],
  [
    /(password|secret|authorization)((?:\\*["'])?\s*[=:]\s*(?:\\*["'])?)[^\s"'&,;}\\]+/gi,
    `$1$2${hidden}`,
  ],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)/gs, hidden],
]

/** Shorter ones would hide parts of words. */
const secretLengthMin = 6

/** A function that answers the text without these secrets, as they are and as JSON has them. */
export function secretHider(secrets: readonly string[]): (text: string) => string {
  const known = secrets
    .filter((secret) => secret.length >= secretLengthMin)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
  const unique = [...new Set(known)].toSorted((a, b) => b.length - a.length)
  return (text) => {
    let shown = text
    for (const secret of unique) shown = shown.replaceAll(secret, hidden)
    for (const [look, rest] of looks) shown = shown.replace(look, rest)
    return shown
  }
}
