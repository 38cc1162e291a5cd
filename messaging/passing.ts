// Collections for what comes and goes many times a second. A built-in Map or Set moves to a new table
// when its table is full, and the old table points to the new one. An old table that has outlived two
// collections of the young heap therefore keeps every later table alive, with all that was ever in it,
// until the whole heap is collected: everything is copied twice, and most work of the collector is
// about the dead (decision 22). Here an entry that goes is emptied, so only its shell stays.

/** Around what is in a collection; empty once it has gone. */
export type Shell<V> = { value: V | null }

/** As a Map. Keys stay behind for a while, so they are texts or numbers. */
export class PassingMap<K extends string | number, V extends object> {
  readonly #shells = new Map<K, Shell<V>>()

  get size(): number {
    return this.#shells.size
  }

  has(key: K): boolean {
    return this.#shells.has(key)
  }

  get(key: K): V | undefined {
    return this.#shells.get(key)?.value ?? undefined
  }

  set(key: K, value: V): this {
    const shell = this.#shells.get(key)
    if (shell === undefined) this.#shells.set(key, { value })
    else shell.value = value
    return this
  }

  /** Whether it was there. */
  delete(key: K): boolean {
    const shell = this.#shells.get(key)
    if (shell === undefined) return false
    shell.value = null
    return this.#shells.delete(key)
  }

  clear(): void {
    for (const shell of this.#shells.values()) shell.value = null
    this.#shells.clear()
  }

  /** In the order in which they came. */
  keys(): MapIterator<K> {
    return this.#shells.keys()
  }

  *values(): Generator<V> {
    for (const { value } of this.#shells.values()) if (value !== null) yield value
  }

  *[Symbol.iterator](): Generator<readonly [K, V]> {
    for (const [key, { value }] of this.#shells) if (value !== null) yield [key, value]
  }
}

/** As a Set of objects, each of which comes once: whoever adds one keeps the shell, to end its stay. */
export class PassingSet<V extends object> {
  readonly #shells = new Set<Shell<V>>()

  get size(): number {
    return this.#shells.size
  }

  add(value: V): Shell<V> {
    const shell: Shell<V> = { value }
    this.#shells.add(shell)
    return shell
  }

  /** Whether it was there. */
  delete(shell: Shell<V>): boolean {
    shell.value = null
    return this.#shells.delete(shell)
  }

  /** In the order in which they came. */
  *[Symbol.iterator](): Generator<V> {
    for (const { value } of this.#shells) if (value !== null) yield value
  }
}
