// Dies at a named point: SIGKILL to the own process, so that nothing after it happens, no handler
// runs and no buffer is written. Used by the programs that crash; the mark tells the test.
import { writeSync } from 'node:fs'
import { flushCompileCache } from 'node:module'

const stdout = 1

/** Where a process is to die. */
export type CrashPlan = {
  /** None: it goes on until somebody kills it. */
  readonly point: string | null
  readonly nth: number
  /** Definitions that it does not have, as `name@version`. */
  readonly lacks: readonly string[]
}

/** The line that is written right before the end. */
export function crashMark(point: string, nth: number): string {
  return `crashing at ${point} for the ${nth}. time`
}

/** An `onPoint` that kills the process when it passes the point for the nth time. */
export function crashAt({ point, nth }: CrashPlan): (passed: string) => void {
  let hits = 0
  return (passed) => {
    if (passed !== point) return
    hits += 1
    if (hits !== nth) return
    writeSync(stdout, `${crashMark(point, nth)}\n`)
    process.kill(process.pid, 'SIGKILL')
  }
}

/** Says that everything is loaded, and resolves with the plan when it is this process's turn. */
export function awaitTurn(): Promise<CrashPlan> {
  // It is not meant to outlive its test, nor to end in good order.
  process.on('disconnect', () => process.exit(1))
  // It would be written at the end, which never comes.
  flushCompileCache()
  return new Promise((resolve) => {
    process.once('message', (plan) => resolve(plan as CrashPlan))
    process.send?.({ type: 'loaded' })
  })
}
