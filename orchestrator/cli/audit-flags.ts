// What `sagaline audit` can be told, and how it is read.
import { databaseUrlOf } from '../../messaging/connections.ts'
import {
  type Call,
  type Flag,
  flagText,
  flagTexts,
  isFlagSet,
  type Terminal,
  usage,
} from './command.ts'
import { ageMs } from './times.ts'

export const auditFlags: Readonly<Record<string, Flag>> = {
  database: { value: 'URL', help: 'Of the orchestrator; else DATABASE_URL.' },
  service: {
    value: 'NAME=URL',
    isRepeatable: true,
    help: 'The database of a service, for what it did; any name.',
  },
  definitions: {
    value: 'FILE',
    isRepeatable: true,
    help: 'A module that exports sagas, as for the orchestrator; without, nothing is replayed.',
  },
  topics: { value: null, help: 'Reads the topic of lifecycle events as well, all of it.' },
  brokers: { value: 'HOST:PORT,…', help: 'Of Kafka, for --topics; else KAFKA_BROKERS.' },
  since: {
    value: 'TIME',
    help: 'Only sagas that live or were touched since: an ISO time, or 90s, 15m, 2h, 3d ago.',
  },
  state: {
    value: 'FILE',
    help: 'Keeps there how far it came, and goes on from there the next time.',
  },
  'fence-days': {
    value: 'DAYS',
    help: 'The shortest memory of the services’ fences; 30 unless they say otherwise.',
  },
}

export type AuditCall = {
  readonly databaseUrl: string
  readonly services: readonly { readonly name: string; readonly url: string }[]
  readonly definitions: readonly string[]
  /** Null without --topics. */
  readonly brokers: readonly string[] | null
  readonly since: Since | null
  readonly stateFile: string | null
  readonly fenceMemoryMs: number | null
  readonly isJson: boolean
}

/** A moment, or a time before the clock of the database; both in ms. */
export type Since = { readonly at: number } | { readonly agoMs: number }

/** @throws CLI_USAGE, CONFIG_INVALID */
export function readAuditCall(call: Call, terminal: Terminal): AuditCall {
  const config = terminal.config()
  const databaseUrl = flagText(call, 'database') ?? config.databaseUrl
  if (databaseUrl === null) throw usage('--database or DATABASE_URL must say where the sagas are')
  const brokers = flagText(call, 'brokers')?.split(',') ?? config.kafkaBrokers
  const hasTopics = isFlagSet(call, 'topics')
  if (hasTopics && brokers === null) throw usage('--topics needs --brokers or KAFKA_BROKERS')
  const [since, stateFile] = [flagText(call, 'since'), flagText(call, 'state')]
  if (since !== null && stateFile !== null) throw usage('--since and --state exclude each other')
  return {
    databaseUrl: databaseUrlOf({
      ...config,
      databaseUrl: checkedUrl(databaseUrl, '--database'),
    }),
    services: readServices(flagTexts(call, 'service'), config.databaseCaFile),
    definitions: flagTexts(call, 'definitions'),
    brokers: hasTopics ? brokers : null,
    since: since === null ? null : readSince(since),
    stateFile,
    fenceMemoryMs: readDays(flagText(call, 'fence-days')),
    isJson: isFlagSet(call, 'json'),
  }
}

/** The text itself is not told: it may hold a password. */
export function checkedUrl(text: string, flag: string): string {
  const isPostgres = URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol)
  if (isPostgres) return text
  throw usage(`${flag} must be a URL that starts with postgres://`)
}

/** The password of the environment is the orchestrator's. */
function readServices(texts: readonly string[], databaseCaFile: string): AuditCall['services'] {
  const services = texts.map((text) => {
    const at = text.indexOf('=')
    if (at < 1) throw usage('--service must be like orders=postgres://…')
    const name = text.slice(0, at)
    const databaseUrl = checkedUrl(text.slice(at + 1), `--service ${name}`)
    return { name, url: databaseUrlOf({ databaseUrl, databaseCaFile, databasePasswordFile: '' }) }
  })
  const names = new Set(services.map(({ name }) => name))
  if (names.size < services.length) throw usage('--service names one service twice')
  return services
}

function readSince(text: string): Since {
  const agoMs = ageMs(text)
  if (agoMs !== null) return { agoMs }
  const at = Date.parse(text)
  if (Number.isNaN(at)) throw usage('--since must be an ISO time, or like 90s, 15m, 2h, 3d')
  return { at }
}

function readDays(text: string | null): number | null {
  if (text === null) return null
  const days = Number(text)
  if (days > 0) return days * 86_400_000
  throw usage('--fence-days must be a number of days')
}
