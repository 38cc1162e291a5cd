// `Prefer: wait=SECONDS` of RFC 7240: how long a client wants its answer held back for the end.
import { orchestratorError } from '../errors.ts'

/** Commas inside quotes do not part two preferences. */
const preferences = /(?:[^,"]|"(?:[^"\\]|\\.)*")+/g
const preference = /^\s*([^\s=;"]+)\s*(?:=\s*("?)([^\s;"]*)\2\s*)?(?:;.*)?$/
const seconds = /^\d{1,9}$/

/**
 * The wait in ms, at most `waitMsMax`; null when none is asked for. Other preferences are ignored,
 * and of several waits the first counts, as the RFC says. @throws REQUEST_INVALID.
 */
export function preferredWaitMs(header: string | undefined, waitMsMax: number): number | null {
  if (header === undefined) return null
  for (const text of header.match(preferences) ?? []) {
    const [, name, , value] = preference.exec(text) ?? []
    if (name?.toLowerCase() !== 'wait') continue
    if (value === undefined || !seconds.test(value)) break
    return Math.min(Number(value) * 1000, waitMsMax)
  }
  if (!/\bwait\b/i.test(header)) return null
  throw orchestratorError('REQUEST_INVALID', {
    problem: 'the header Prefer must be wait=SECONDS, in whole seconds',
  })
}
