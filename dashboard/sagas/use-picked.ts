// The sagas that are selected for a verb; another filter begins with none.
import { useEffect, useState } from 'react'

export type Picked = {
  readonly ids: ReadonlySet<string>
  readonly toggle: (id: string) => void
  readonly set: (ids: readonly string[]) => void
}

export function usePicked(written: string): Picked {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set())
  // biome-ignore lint/correctness/useExhaustiveDependencies: the filter is what it is about
  useEffect(() => setIds(new Set()), [written])
  return {
    ids,
    toggle: (id) =>
      setIds((before) => {
        const after = new Set(before)
        if (!after.delete(id)) after.add(id)
        return after
      }),
    set: (all) => setIds(new Set(all)),
  }
}
