// Sets the wall clock that this process reads (`Date`), without touching the machine's.

/** What a process says when it has set its clock. */
export const clockStepped = 'clock stepped to'

const RealDate = Date
let shiftMs = 0

const now = () => RealDate.now() + shiftMs

const SteppedDate = new Proxy(RealDate, {
  construct: (target, given, newTarget) =>
    Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget),
  apply: () => new RealDate(now()).toString(),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
})

/** From now on the clock is so far from the true time; 0 sets it right again. */
export function stepDate(ms: number): void {
  shiftMs = ms
  globalThis.Date = ms === 0 ? RealDate : SteppedDate
}
