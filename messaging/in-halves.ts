// A batch that fails as a whole is done in halves, so that what is at fault is found and the rest
// goes on, in its order.
import { isTransientDbError } from './db.ts'

export type HalvesOptions<T> = {
  /** All of these, or none. */
  readonly work: (items: readonly T[]) => Promise<void>
  /** It failed alone, and not because of Postgres. */
  readonly onRefused: (item: T, error: unknown) => Promise<void> | void
}

/** Rejects only with what passes, and with what `onRefused` throws. */
export async function inHalves<T>(items: readonly T[], options: HalvesOptions<T>): Promise<void> {
  const [first] = items
  if (first === undefined) return
  try {
    await options.work(items)
  } catch (error) {
    if (isTransientDbError(error)) throw error
    if (items.length === 1) {
      await options.onRefused(first, error)
      return
    }
    const middle = Math.ceil(items.length / 2)
    await inHalves(items.slice(0, middle), options)
    await inHalves(items.slice(middle), options)
  }
}
