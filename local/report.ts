/** How local parts tell what they do: one line at a time, to whoever started them. */
export type Report = (line: string) => void

const stillWorkingEveryMs = 10_000

export function seconds(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1_000).toFixed(1)} s`
}

/** Repeats a line until it is cleared, so that a long wait does not look like a hang. */
export function stillWorking(report: Report, line: string): NodeJS.Timeout {
  const startedAt = performance.now()
  return setInterval(() => report(`${line}, ${seconds(startedAt)}`), stillWorkingEveryMs)
}
