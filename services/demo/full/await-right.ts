// What follows behind, such as statistics and log lines, is looked at again until it is right.
import type { FullDemo, Shown } from './part.ts'

const awaitMsMax = 30_000
const lookMs = 200

/** Answers the first look that is right, or the last one at the limit. */
export async function awaitRight(
  { clock, signal }: FullDemo,
  look: () => Promise<Shown>,
): Promise<Shown> {
  const giveUpAt = clock.monotonicMs() + awaitMsMax
  for (;;) {
    const shown = await look()
    if (shown.verdict !== 'WRONG' || clock.monotonicMs() > giveUpAt) return shown
    await clock.wait(lookMs, signal)
  }
}
