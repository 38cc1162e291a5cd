// Loaded into each process before its program: at SIGUSR2 the process's wall clock (its `Date`)
// jumps by ten minutes, at the next one back again, as a machine's clock does that is set. What
// never goes back (`performance.now`, timers) does not notice, as on a real machine.
import { clockStepped, stepDate } from './step-date.ts'

const stepMs = Number(process.env['CHAOS_CLOCK_STEP_MS'] ?? 600_000)
let isStepped = false

process.on('SIGUSR2', () => {
  isStepped = !isStepped
  const shiftMs = isStepped ? stepMs : 0
  stepDate(shiftMs)
  process.stderr.write(`${clockStepped} ${shiftMs} ms\n`)
})
