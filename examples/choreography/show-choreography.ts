// Three orders, told to a person.
import { type ChoreographyParts, startChoreography } from './run-choreography.ts'

const orders = [1_999, 25_000, 10_000]

/** Answers what it showed, in a line. */
export async function showChoreography(
  parts: ChoreographyParts,
  say: (line: string) => void,
): Promise<string> {
  const choreography = await startChoreography(parts)
  const ends: string[] = []
  try {
    for (const cents of orders) {
      const startedAt = parts.clock.monotonicMs()
      const { order, payment } = await choreography.place(cents)
      const tookMs = Math.round(parts.clock.monotonicMs() - startedAt)
      say(`order of ${cents} cents: payment ${payment}, order ${order} after ${tookMs} ms`)
      ends.push(order)
    }
  } finally {
    await choreography.stop()
  }
  const completed = ends.filter((end) => end === 'COMPLETED').length
  return `${ends.length} orders without a saga, ${completed} completed, ${ends.length - completed} cancelled`
}
