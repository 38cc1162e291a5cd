// The sagas that are selected for a verb; another filter begins with none.
import { useEffect, useState } from 'react'

export type Picked = {
  readonly ids: ReadonlySet<string>
  readonly toggle: (id: string) => void
  readonly set: (ids: readonly string[]) => void
}

/** As many ids as REST takes for a bulk job. */
export const pickedMax = 500

/** The first of them, no more than may be selected. */
export const pickable = (ids: readonly string[]): readonly string[] => ids.slice(0, pickedMax)

/** The same as before where it would be one too many. */
export function toggled(before: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const after = new Set(before)
  if (after.delete(id)) return after
  return before.size < pickedMax ? after.add(id) : before
}

export function usePicked(written: string): Picked {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set())
  // biome-ignore lint/correctness/useExhaustiveDependencies: the filter is what it is about
  useEffect(() => setIds(new Set()), [written])
  return {
    ids,
    toggle: (id) => setIds((before) => toggled(before, id)),
    set: (all) => setIds(new Set(pickable(all))),
  }
}
