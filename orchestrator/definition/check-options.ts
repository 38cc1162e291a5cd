// Refuses definitions that make no sense, by the name of the rule that they break.
import type { AnyStep, RetryOptions } from './step-options.ts'

/** Step names become parts of message ids and of state names. */
const stepName = /^[a-zA-Z][a-zA-Z0-9-]{0,63}$/
const sagaName = /^[a-z][a-z0-9-]{0,63}$/
const kinds = new Set(['compensatable', 'pivot', 'retriable'])
const reserved = new Set(['completed', 'failed'])

/** The first rule that is broken, or null. */
export function findProblem(options: {
  readonly name: string
  readonly version: number
  readonly retry?: RetryOptions | undefined
  readonly steps: readonly AnyStep[]
}): string | null {
  if (!sagaName.test(options.name)) return 'its name must be kebab-case, 64 characters at most'
  if (!Number.isInteger(options.version) || options.version < 1) {
    return 'its version must be a whole number from 1'
  }
  if (options.steps.length === 0) return 'it has no step'
  return (
    retryProblem('its retry', options.retry) ??
    first(options.steps, stepProblem) ??
    namesProblem(options.steps) ??
    orderProblem(options.steps)
  )
}

function first<T>(items: readonly T[], problemOf: (item: T) => string | null): string | null {
  for (const item of items) {
    const problem = problemOf(item)
    if (problem !== null) return problem
  }
  return null
}

function stepProblem(step: AnyStep): string | null {
  const kind = step.kind ?? 'compensatable'
  if (!stepName.test(step.name) || reserved.has(step.name)) {
    return `'${step.name}' cannot be the name of a step`
  }
  if (!kinds.has(kind)) return `step ${step.name} has the unknown kind ${kind}`
  if (kind === 'compensatable' && step.send.undo === null) {
    return `step ${step.name} is compensatable, but ${step.send.name} names no undo`
  }
  return retryProblem(`step ${step.name}`, step) ?? retryProblem(`undo of ${step.name}`, step.undo)
}

function retryProblem(where: string, retry: RetryOptions | undefined): string | null {
  if (retry === undefined) return null
  const least = { attempts: 1, timeoutMs: 1, firstDelayMs: 0, factor: 1, delayMsMax: 0 } as const
  for (const field of Object.keys(least) as readonly (keyof typeof least)[]) {
    const value = retry[field]
    if (value === undefined) continue
    if (!Number.isFinite(value) || value < least[field]) {
      return `${where}: ${field} must be at least ${least[field]}`
    }
    if (field !== 'factor' && !Number.isSafeInteger(value)) {
      return `${where}: ${field} must be a whole number`
    }
  }
  return null
}

function namesProblem(steps: readonly AnyStep[]): string | null {
  const seen = new Set<string>()
  for (const { name } of steps) {
    if (seen.has(name)) return `two steps are named ${name}`
    seen.add(name)
  }
  return null
}

/** Compensatable steps, then one pivot at the most, then retriable ones. */
function orderProblem(steps: readonly AnyStep[]): string | null {
  let passed: AnyStep | null = null
  for (const step of steps) {
    const kind = step.kind ?? 'compensatable'
    if (passed !== null && kind !== 'retriable') {
      return `${kind} step ${step.name} comes after ${passed.kind} step ${passed.name}`
    }
    if (kind !== 'compensatable') passed = step
  }
  return null
}
