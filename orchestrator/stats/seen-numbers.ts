// Which numbers of a saga's events were counted, as ranges: one range, `[[1, 7]]`, where none is
// missing. Pure.

/** Both ends are in it; sorted, and never touching. */
export type SeenNumbers = readonly (readonly [from: number, to: number])[]

/** Null when it was seen before. */
export function see(seen: SeenNumbers, seq: number): SeenNumbers | null {
  const isIn = seen.some(([from, to]) => from <= seq && seq <= to)
  if (isIn) return null
  const before = seen.filter(([, to]) => to < seq)
  const after = seen.filter(([from]) => from > seq)
  const last = before.at(-1)
  const next = after[0]
  const joinsLast = last !== undefined && last[1] === seq - 1
  const joinsNext = next !== undefined && next[0] === seq + 1
  const range = [joinsLast ? last[0] : seq, joinsNext ? next[1] : seq] as const
  const kept = joinsLast ? before.slice(0, -1) : before
  return [...kept, range, ...(joinsNext ? after.slice(1) : after)]
}

export function isWithoutGap(seen: SeenNumbers): boolean {
  return seen.length === 1 && seen[0]?.[0] === 1
}
