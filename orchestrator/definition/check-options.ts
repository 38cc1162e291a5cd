// Refuses what makes no sense in the options of a saga as a whole, by the name of the rule.
import { first } from './refuse.ts'
import type { RetryOptions } from './step-options.ts'

/** A hundred years; much later no date can be written. */
export const timeMsMax = 100 * 365 * 24 * 3_600_000

const sagaName = /^[a-z][a-z0-9-]{0,63}$/

type Checked = {
  readonly name: string
  readonly version: number
  readonly retry?: RetryOptions | undefined
  readonly lockTimeoutMs?: number | undefined
  readonly deadlineMs?: number | undefined
  readonly migrate?: Readonly<Record<number, unknown>> | undefined
}

/** The first rule that is broken, or null. */
export function optionsProblem(options: Checked): string | null {
  const { name, version, lockTimeoutMs, deadlineMs, migrate = {} } = options
  if (!sagaName.test(name)) return 'its name must be kebab-case, 64 characters at most'
  if (!Number.isInteger(version) || version < 1) return 'its version must be a whole number from 1'
  return (
    retryProblem('its retry', options.retry) ??
    timeProblem('its lockTimeoutMs', lockTimeoutMs) ??
    timeProblem('its deadlineMs', deadlineMs) ??
    first(Object.keys(migrate), (from) => migrationProblem(Number(from), version))
  )
}

function migrationProblem(from: number, version: number): string | null {
  const isOlder = Number.isInteger(from) && from >= 1 && from < version
  return isOlder ? null : `it migrates from ${from}, which is no version before ${version}`
}

export function timeProblem(what: string, value: number | undefined | null): string | null {
  if (value === undefined || value === null) return null
  const fits = Number.isInteger(value) && value >= 1 && value <= timeMsMax
  return fits ? null : `${what} must be a whole number from 1 to ${timeMsMax}`
}

export function retryProblem(where: string, retry: RetryOptions | undefined): string | null {
  if (retry === undefined) return null
  const least = {
    attempts: 1,
    timeoutMs: 1,
    firstDelayMs: 0,
    factor: 1,
    delayMsMax: 0,
    deadlineMs: 1,
  } as const
  for (const field of Object.keys(least) as readonly (keyof typeof least)[]) {
    const value = retry[field]
    if (value === undefined) continue
    if (!Number.isFinite(value) || value < least[field]) {
      return `${where}: ${field} must be at least ${least[field]}`
    }
    if (field !== 'factor' && (!Number.isInteger(value) || value > timeMsMax)) {
      return `${where}: ${field} must be a whole number of at most ${timeMsMax}`
    }
  }
  const { jitter = 0 } = retry
  return jitter >= 0 && jitter <= 1 ? null : `${where}: jitter must be between 0 and 1`
}
