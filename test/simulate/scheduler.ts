// Virtual time: one queue of steps, and nothing moves but by them. After each step everything that
// the production code can do without waiting is done (its promises, its turns of the event loop)
// before the next one, so that one seed gives one run. Its steps are made by the simulated clock,
// bus and store.
import type { Owner } from './owner.ts'

export type Step = {
  readonly atMs: number
  readonly order: number
  readonly owner: Owner
  readonly label: string
  readonly run: () => void
  isDropped: boolean
}

export type Schedule = {
  readonly nowMs: number
  /** Runs it after the time, unless its owner is dead by then. */
  after(owner: Owner, delayMs: number, label: string, run: () => void): Step
}

/** Steps that are run in one round of the real event loop. */
const roundSteps = 64

export class Scheduler implements Schedule {
  nowMs = 0
  /** Steps that were run. */
  count = 0
  /** Asked before each step; true means that it must not run any more. */
  intercept: (step: Step) => boolean = () => false
  readonly #heap: Step[] = []
  readonly #turns: (() => void)[] = []
  #order = 0

  after(owner: Owner, delayMs: number, label: string, run: () => void): Step {
    this.#order += 1
    const atMs = this.nowMs + Math.max(0, delayMs)
    const step = { atMs, order: this.#order, owner, label, run, isDropped: false }
    push(this.#heap, step)
    return step
  }

  /** Until the answer is true, asked before each step, or nothing is left to do. */
  async run(isOver: () => boolean): Promise<void> {
    const restore = this.#takeTurns()
    try {
      await new Promise<void>((resolve, reject) => {
        let isDone = false
        let left = 0
        const end = (error?: unknown) => {
          if (isDone) return
          isDone = true
          if (error === undefined) resolve()
          else reject(error)
        }
        const tick = () => {
          left -= 1
          if (isDone) return
          try {
            if (this.#turns.length > 0) this.#turns.shift()?.()
            else if (isOver() || !this.#step()) return end()
          } catch (error) {
            return end(error)
          }
          if (left === 0) round()
        }
        const round = () => {
          left = roundSteps
          for (let i = 0; i < roundSteps; i += 1) restore.realSetImmediate(tick)
        }
        round()
      })
    } finally {
      restore.end()
    }
  }

  /** What production code puts off to its next turn of the event loop comes before any step. */
  #takeTurns() {
    const realSetImmediate = globalThis.setImmediate
    const turns = this.#turns
    const taken = (work: (...args: unknown[]) => void, ...args: unknown[]) => {
      turns.push(() => work(...args))
    }
    globalThis.setImmediate = taken as unknown as typeof setImmediate
    return {
      realSetImmediate,
      end: () => {
        turns.length = 0
        globalThis.setImmediate = realSetImmediate
      },
    }
  }

  /** False when nothing is left. */
  #step(): boolean {
    for (;;) {
      const step = pop(this.#heap)
      if (step === undefined) return false
      if (step.isDropped || step.owner.isDead) continue
      if (step.owner.pausedUntilMs > step.atMs) {
        push(this.#heap, Object.assign(step, { atMs: step.owner.pausedUntilMs }))
        continue
      }
      this.nowMs = step.atMs
      this.count += 1
      if (!this.intercept(step)) step.run()
      return true
    }
  }
}

function isBefore(a: Step, b: Step): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}

function push(heap: Step[], step: Step): void {
  let at = heap.length
  heap.push(step)
  while (at > 0) {
    const parent = (at - 1) >> 1
    const above = heap[parent] as Step
    if (!isBefore(step, above)) break
    heap[at] = above
    at = parent
  }
  heap[at] = step
}

function pop(heap: Step[]): Step | undefined {
  const first = heap[0]
  const last = heap.pop()
  if (first === undefined || last === undefined || heap.length === 0) return first
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= heap.length) break
    const right = heap[child + 1]
    if (right !== undefined && isBefore(right, heap[child] as Step)) child += 1
    const below = heap[child] as Step
    if (!isBefore(below, last)) break
    heap[at] = below
    at = child
  }
  heap[at] = last
  return first
}
