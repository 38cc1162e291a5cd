// One function of a definition that throws until it is mended.
export class Fault {
  isOn = false
  readonly #pick: number | null
  #functions = 0

  /** `pick` chooses the function among those of the definition; null for none. */
  constructor(pick: number | null) {
    this.#pick = pick
  }

  /** A function of the definition, which may be the one. */
  in<Given extends readonly unknown[], Result>(work: (...given: Given) => Result) {
    if (this.#pick === null) return work
    const index = this.#functions++
    return (...given: Given): Result => {
      if (this.isOn && this.#pick !== null && this.#pick % this.#functions === index) {
        throw new Error(brokenOnPurpose)
      }
      return work(...given)
    }
  }
}

export const brokenOnPurpose = 'broken on purpose'
