// What the system's processes warned of, kept in case an order ends wrong: then a person wants to
// know. Fed with every log line by run-demo.ts.

/** Newer ones push older ones out. */
const keptMax = 20
const lineLengthMax = 400

/** pino's number for `warn`; `error` is more. */
const warnLevel = 40

export type Warnings = {
  readonly add: (process: string, line: string) => void
  readonly lines: () => readonly string[]
}

export function createWarnings(): Warnings {
  let kept: readonly string[] = []
  return {
    add: (process, line) => {
      if (!isWarning(line)) return
      kept = [...kept, `${process}: ${line.slice(0, lineLengthMax)}`].slice(-keptMax)
    },
    lines: () => kept,
  }
}

/** Log lines are JSON; whatever else a process writes is a complaint of Node. */
function isWarning(line: string): boolean {
  try {
    const entry: unknown = JSON.parse(line)
    if (typeof entry !== 'object' || entry === null || !('level' in entry)) return true
    return Number(entry.level) >= warnLevel
  } catch {
    return line.trim() !== ''
  }
}
