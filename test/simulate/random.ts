// Chance from a seed: the same seed gives the same numbers for ever. A stream for each purpose, so
// that one more question in one place changes no answer in another.

export class Random {
  #a: number
  #b: number
  #c: number
  #d: number

  constructor(seed: number, purpose = '') {
    this.#a = seed >>> 0
    this.#b = hashText(purpose)
    this.#c = 0x9e3779b9
    this.#d = 1
    for (let i = 0; i < 12; i += 1) this.#bits()
  }

  /** From 0 up to 1. */
  next(): number {
    return this.#bits() / 2 ** 32
  }

  /** A whole number from 0 up to `max`, without it. */
  below(max: number): number {
    return Math.floor(this.next() * max)
  }

  between(min: number, max: number): number {
    return min + this.next() * (max - min)
  }

  chance(share: number): boolean {
    return this.next() < share
  }

  pick<T>(list: readonly T[]): T {
    const found = list[this.below(list.length)]
    if (found === undefined) throw new Error('nothing to pick from')
    return found
  }

  hex(digits: number): string {
    let text = ''
    while (text.length < digits) text += this.#bits().toString(16).padStart(8, '0')
    return text.slice(0, digits)
  }

  /** Small fast counting generator (sfc32). */
  #bits(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#d) | 0
    this.#d = (this.#d + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (this.#c << 21) | (this.#c >>> 11)
    this.#c = (this.#c + sum) | 0
    return sum >>> 0
  }
}

/** From 0 up to 1, by seed, text and number alone. */
export function chanceOf(seed: number, textHash: number, count: number): number {
  let hash = Math.imul(seed ^ textHash, 0x85ebca6b) ^ Math.imul(count + 1, 0xc2b2ae35)
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d)
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}

/** FNV-1a. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  }
  return hash >>> 0
}
