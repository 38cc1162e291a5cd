// Remembers what the last few arguments of a pure function gave. Used by envelope.ts for times.

/** As many times as the messages of one batch have, and few enough to look through. */
const keptMax = 4

export class RecentValues<Argument, Value> {
  readonly #make: (argument: Argument) => Value
  readonly #arguments: Argument[] = []
  readonly #values: Value[] = []
  #oldest = 0

  constructor(make: (argument: Argument) => Value) {
    this.#make = make
  }

  of(argument: Argument): Value {
    const at = this.#arguments.indexOf(argument)
    if (at >= 0) return this.#values[at] as Value
    const value = this.#make(argument)
    this.#arguments[this.#oldest] = argument
    this.#values[this.#oldest] = value
    this.#oldest = (this.#oldest + 1) % keptMax
    return value
  }
}
