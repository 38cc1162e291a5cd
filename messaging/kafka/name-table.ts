// The few texts that stand in every record, its headers' names: found by their bytes, so that each
// is made once. Used by record-decoder.ts.

/** Strangers may invent names without end; what does not fit is made anew each time. */
const namesMax = 256
const lengthMax = 64

export class NameTable {
  readonly #names = new Map<number, string>()

  /** The text of these bytes, read as UTF-8. */
  read(bytes: Buffer, start: number, end: number): string {
    let hash = end - start
    if (hash > lengthMax || end > bytes.length) return bytes.toString('utf8', start, end)
    for (let at = start; at < end; at += 1) hash = (Math.imul(hash, 31) + (bytes[at] ?? 0)) | 0
    const known = this.#names.get(hash)
    if (known !== undefined && isAt(known, bytes, start, end)) return known
    const name = bytes.toString('utf8', start, end)
    // Of one byte a character, which is what `isAt` compares.
    const isKept = name.length === end - start && this.#names.size < namesMax
    if (isKept && known === undefined) this.#names.set(hash, name)
    return name
  }
}

function isAt(name: string, bytes: Buffer, start: number, end: number): boolean {
  if (name.length !== end - start) return false
  for (let index = 0; index < name.length; index += 1) {
    if (name.charCodeAt(index) !== bytes[start + index]) return false
  }
  return true
}
