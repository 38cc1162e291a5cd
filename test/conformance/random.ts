// Chance from a seed, for the comparison of statements: the same seed gives the same values.

const minuteMs = 60_000
const idOf = (at: number, version: number): string =>
  `0199a5b0-0000-${version}000-8000-${String(at).padStart(12, '0')}`

export type Random = ReturnType<typeof createRandom>

/** `hour` is the full hour that random times are around. */
export function createRandom(seed: number, hour: number) {
  let state = seed
  /** From 0 up to 1; mulberry32. */
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const count = (limit: number): number => Math.floor(next() * limit)
  const some = <T>(list: readonly T[]): T => list[count(list.length)] as T
  const range = (length: number) => Array.from({ length }, (_, at) => at)
  const sagaIds = range(6).map((at) => idOf(at + 1, 7))
  const ids = range(4).map((at) => idOf(at + 1, 4))
  const names = ['place-order', 'gift', 'trip']
  const texts = ['a', 'b', 'c']
  let minutes = 0
  return {
    hour,
    ...{ count, some, range, sagaIds, ids, names, texts },
    flip: () => next() < 0.5,
    sagaId: () => some(sagaIds),
    id: () => some(ids),
    name: () => some(names),
    text: () => some(texts),
    bytes: () => Buffer.from([count(256), count(256)]),
    json: () => JSON.stringify(some([{ a: count(9), b: ['x"\\', null] }, [count(9)], 'text', {}])),
    /** No two are alike, and all are minutes away from now. */
    time: (): number => {
      minutes += 2
      return hour + (next() < 0.5 ? -1 : 1) * (24 * 60 + minutes) * minuteMs
    },
    /** Each at most once, in any order. */
    subset: <T>(list: readonly T[]): readonly T[] =>
      list
        .filter(() => next() < 0.6)
        .map((one) => ({ one, place: next() }))
        .sort((left, right) => left.place - right.place)
        .map(({ one }) => one),
  }
}
