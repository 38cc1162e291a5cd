// Times as people write and read them: `15m`, `2h`, `850 ms`, `3 d 4 h`.
import { type Call, flagText, usage } from './command.ts'

const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** Of `90s`, `15m`, `2h`, `3d`; null for anything else. */
export function ageMs(text: string): number | null {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  return count === undefined ? null : Number(count) * (unitMs[unit] ?? 0)
}

/** An ISO time, or so long before `now`, as an ISO time. @throws CLI_USAGE */
export function readMoment(call: Call, flag: string, now: Date): string | undefined {
  const text = flagText(call, flag)
  if (text === null) return undefined
  const age = ageMs(text)
  const at = age === null ? Date.parse(text) : now.getTime() - age
  if (!Number.isNaN(at)) return new Date(at).toISOString()
  throw usage(`--${flag} must be an ISO time, or like 90s, 15m, 2h, 3d ago`)
}

/** In at most two units. */
export function durationText(ms: number): string {
  const abs = Math.max(0, Math.round(ms))
  if (abs < 1_000) return `${abs} ms`
  if (abs < 60_000) return `${(abs / 1_000).toFixed(1)} s`
  if (abs < 3_600_000) return two(abs, ['min', 60_000], ['s', 1_000])
  if (abs < 86_400_000) return two(abs, ['h', 3_600_000], ['min', 60_000])
  return two(abs, ['d', 86_400_000], ['h', 3_600_000])
}

type Unit = readonly [name: string, ms: number]

function two(ms: number, [large, largeMs]: Unit, [small, smallMs]: Unit): string {
  const rest = Math.floor((ms % largeMs) / smallMs)
  const head = `${Math.floor(ms / largeMs)} ${large}`
  return rest === 0 ? head : `${head} ${rest} ${small}`
}
