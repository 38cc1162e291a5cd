// The settings that the dashboard alone makes use of: where traces and logs are looked at, and which
// services can be made to fail on purpose. To be spread into the fields of `config.ts`.
import { type Config, type ConfigField, parseText, parseUrl } from '../messaging/config.ts'

/** More would be no development. */
const faultServicesMax = 20

const field = <T>(options: ConfigField<T>): ConfigField<T> => options

export const linkFields = {
  traceUrl: field<string | null>({
    env: 'TRACE_URL',
    parse: parseTemplate('{traceId}'),
    default: null,
    why: 'Where a trace is looked at: a URL with `{traceId}`, and `{sagaId}` where it is wanted. Without it the dashboard links to none.',
  }),
  logUrl: field<string | null>({
    env: 'LOG_URL',
    parse: parseTemplate('{sagaId}', '{traceId}'),
    default: null,
    why: 'Where logs are looked at: a URL with `{sagaId}`, with `{traceId}`, or both.',
  }),
  faultServices: field<readonly string[]>({
    env: 'FAULT_SERVICES',
    parse: parseServices,
    default: [],
    why: 'Services of this machine that run with FAULTS_ENABLED, by the URLs of their health, separated by commas: the dashboard can then start sagas with faults. Refused with NODE_ENV=production.',
  }),
  nodeEnv: field({
    env: 'NODE_ENV',
    parse: parseText,
    default: '',
    why: 'production keeps faults from being offered.',
  }),
}

/** What keeps faults from being offered, or null. */
export function faultsProblem({ faultServices, nodeEnv }: Config<typeof linkFields>) {
  const isRefused = nodeEnv === 'production' && faultServices.length > 0
  return isRefused ? 'FAULT_SERVICES is refused with NODE_ENV=production' : null
}

/** A URL with one of these at the least, and no other word in braces. */
function parseTemplate(...words: readonly string[]) {
  return (text: string): string => {
    parseUrl('https', 'http')(text)
    const found = text.match(/\{[^}]*\}/g)?.map(String) ?? []
    const stray = found.find((word) => word !== '{traceId}' && word !== '{sagaId}')
    if (stray !== undefined) throw new Error(`has ${stray}; known are {traceId} and {sagaId}`)
    if (words.some((word) => found.includes(word))) return text
    throw new Error(`must have ${words.join(' or ')} in it`)
  }
}

function parseServices(text: string): readonly string[] {
  const urls = text.split(',').map((part) => parseUrl('http')(part.trim()))
  if (urls.length > faultServicesMax) throw new Error(`names more than ${faultServicesMax}`)
  return Object.freeze(urls)
}
