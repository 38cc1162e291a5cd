// Dies at a named point: SIGKILL to the own process, so that nothing after it happens, no handler
// runs and no buffer is written. Used by the programs that crash; the mark tells the test.
import { writeSync } from 'node:fs'

const stdout = 1

/** The line that is written right before the end. */
export function crashMark(point: string): string {
  return `crashing at ${point}`
}

/** An `onPoint` that kills the process when it passes the point for the nth time. */
export function crashAt(point: string, nth: number): (passed: string) => void {
  let hits = 0
  return (passed) => {
    if (passed !== point) return
    hits += 1
    if (hits !== nth) return
    writeSync(stdout, `${crashMark(point)}\n`)
    process.kill(process.pid, 'SIGKILL')
  }
}

/** `<point> <nth>` from a command line. */
export function readCrash(args: readonly string[]): ReturnType<typeof crashAt> {
  const [point, nth] = args
  if (point === undefined || !(Number(nth) >= 1)) throw new Error('usage: <point> <nth>')
  return crashAt(point, Number(nth))
}
