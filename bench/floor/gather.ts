// While the work on one batch goes on, the next one gathers: batches grow with the load, and nobody
// waits for a timer. The floor's group commit and its publishing. Frozen, as floor.ts is.

/** Never rejects: what fails ends the process, since the floor repeats nothing. */
export function gather<Item>(
  work: (batch: readonly Item[]) => Promise<unknown>,
): (items: readonly Item[]) => void {
  let waiting: Item[] = []
  let isBusy = false
  const run = async () => {
    isBusy = true
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      await work(batch)
    }
    isBusy = false
  }
  return (items) => {
    for (const item of items) waiting.push(item)
    // What comes in the same turn of the event loop shares the batch.
    if (!isBusy) {
      isBusy = true
      setImmediate(() => void run())
    }
  }
}
