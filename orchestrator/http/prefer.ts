// `Prefer: wait=SECONDS` of RFC 7240: how long a client wants its answer held back for the end.
import { orchestratorError } from '../errors.ts'

/** Commas inside quotes do not part two preferences; what is quoted without an end goes on to it. */
const preferences = /(?:[^,"]|"(?:[^"\\]|\\.)*(?:"|\\?$))+/g
const nameOfPreference = /^\s*([^\s=;"]+)/
const waitOfSeconds = /^\s*wait\s*=\s*("?)(\d+)\1\s*(?:;.*)?$/i

/**
 * The wait in ms, at most `waitMsMax`; null when none is asked for. Other preferences are ignored,
 * and of several waits the first counts, as the RFC says. @throws REQUEST_INVALID.
 */
export function preferredWaitMs(header: string | undefined, waitMsMax: number): number | null {
  const wait = header?.match(preferences)?.find(isWait)
  if (wait === undefined) return null
  const seconds = waitOfSeconds.exec(wait)?.[2]
  if (seconds !== undefined) return Math.min(Number(seconds) * 1000, waitMsMax)
  throw orchestratorError('REQUEST_INVALID', {
    problem: 'the header Prefer must be wait=SECONDS, in whole seconds',
  })
}

function isWait(preference: string): boolean {
  return nameOfPreference.exec(preference)?.[1]?.toLowerCase() === 'wait'
}
