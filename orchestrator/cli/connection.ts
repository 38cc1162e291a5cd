// How commands speak to a running orchestrator: the typed client, with a limit for each answer,
// ended by Ctrl-C, and a sentence where nothing answers.
import { userInfo } from 'node:os'
import { type Client, createClient } from '../client/index.ts'
import { type Call, type Flag, flagText, type Terminal, usage } from './command.ts'
import { cliError } from './errors.ts'

/** Longer than the server itself waits before it answers. */
const answerMsMax = 330_000

export const restFlags: Readonly<Record<string, Flag>> = {
  url: {
    value: 'URL',
    help: 'Of the orchestrator; else SAGALINE_URL, else http://127.0.0.1:3000.',
  },
}

export const byFlags: Readonly<Record<string, Flag>> = {
  actor: { value: 'NAME', help: 'Who does it; else SAGALINE_ACTOR, else your user name.' },
  reason: { value: 'TEXT', help: 'Why; kept in the history.' },
}

/** @throws CLI_USAGE */
export function urlOf(call: Call, terminal: Terminal): string {
  const url = flagText(call, 'url') ?? terminal.config().url
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url
  throw usage('--url must be a URL that starts with http:// or https://')
}

/** Its calls reject with ApiError or REST_UNREACHABLE. @throws CLI_USAGE, CONFIG_INVALID */
export function connect(call: Call, terminal: Terminal): Client {
  const url = urlOf(call, terminal)
  const { apiKey } = terminal.config()
  return createClient({ url, ...(apiKey !== '' && { token: apiKey }), fetch: fetchFrom(url) })
}

/** With a limit for each answer, streams aside; it rejects with REST_UNREACHABLE. */
export function fetchFrom(url: string): typeof fetch {
  return async (asked, init = {}) => {
    const isStream = String(asked).split('?')[0]?.endsWith('/events') === true
    const limits = [
      ...(init.signal ? [init.signal] : []),
      ...(isStream ? [] : [AbortSignal.timeout(answerMsMax)]),
    ]
    return fetch(asked, { ...init, signal: AbortSignal.any(limits) }).catch((error: unknown) => {
      throw cliError('REST_UNREACHABLE', { url, problem: reasonOf(error) }, error)
    })
  }
}

/** What is known of why nothing answered. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  return cause.cause instanceof Error ? cause.cause.message : cause.message
}

/** Who does it and why, for whatever changes a saga. @throws CLI_USAGE without a reason */
export function readBy(call: Call, terminal: Terminal) {
  const reason = flagText(call, 'reason')
  if (!reason) throw usage('--reason must say why')
  return { actor: actorOf(call, terminal), reason }
}

export function actorOf(call: Call, terminal: Terminal): string {
  const { actor } = terminal.config()
  return flagText(call, 'actor') || actor || userInfo().username
}
