// Reads the environment into frozen, typed settings, with all problems at once. Each program's
// `config.ts` lists its fields and calls `readConfig(process.env, fields)`.
import { accessSync, constants } from 'node:fs'
import { messagingError } from './errors.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export type ConfigField<T> = {
  /** The name of the environment variable. */
  readonly env: string
  /** Throws an Error whose message ends the sentence "NAME ...". */
  readonly parse: (text: string) => T
  /** Taken when the variable is unset or empty; a field without one must be set. */
  readonly default?: T
  /** Of the number, e.g. `ms`; for the description. */
  readonly unit?: string
  /** One sentence: what it does, and why somebody would change it. */
  readonly why: string
  /** Never shown. */
  readonly isSecret?: boolean
}

export type ConfigFields = Readonly<Record<string, ConfigField<unknown>>>

export type Config<F extends ConfigFields> = {
  readonly [Name in keyof F]: F[Name] extends ConfigField<infer T> ? T : never
}

/**
 * `relations` name what several fields must satisfy together; each answers a problem or null.
 * @throws CONFIG_INVALID with one line for each problem.
 */
export function readConfig<F extends ConfigFields>(
  environment: Environment,
  fields: F,
  relations: readonly ((config: Config<F>) => string | null)[] = [],
): Config<F> {
  const values: Record<string, unknown> = {}
  const problems: string[] = []
  for (const [name, field] of Object.entries(fields)) {
    try {
      values[name] = readField(environment, field)
    } catch (error) {
      problems.push(`${field.env} ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  const config = Object.freeze(values) as Config<F>
  if (problems.length === 0) {
    for (const check of relations) problems.push(...[check(config)].filter((text) => text !== null))
  }
  if (problems.length === 0) return config
  const lines = problems.map((problem) => `- ${problem}`).join('\n')
  throw messagingError('CONFIG_INVALID', { count: problems.length, problems: lines })
}

function readField(environment: Environment, field: ConfigField<unknown>): unknown {
  const text = environment[field.env]?.trim() ?? ''
  if (text !== '') return field.parse(text)
  if ('default' in field) return field.default
  throw new Error(`must be set: ${field.why}`)
}

/** What to log once at the start: every value, with secrets and passwords in URLs left out. */
export function describeConfig<F extends ConfigFields>(
  config: Config<F>,
  fields: F,
): Readonly<Record<string, unknown>> {
  const shown: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(fields)) {
    const value: unknown = config[name]
    const unit = field.unit === undefined ? '' : ` (${field.unit})`
    shown[`${field.env}${unit}`] = field.isSecret === true && value !== null ? hidden : hide(value)
  }
  return shown
}

/** What must never be shown of them: the values of secret fields, and the passwords in URLs. */
export function secretsIn(environment: Environment, fields: ConfigFields): readonly string[] {
  return Object.values(fields).flatMap(({ env, isSecret }) => {
    const text = environment[env]?.trim() ?? ''
    if (isSecret === true) return [text, ...text.split(/[,:]/)].filter((part) => part !== '')
    const password = /^\w+:\/\//.test(text) && URL.canParse(text) ? new URL(text).password : ''
    return password === '' ? [] : [password, safelyDecoded(password)]
  })
}

function safelyDecoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const hidden = '***'

function hide(value: unknown): unknown {
  if (typeof value !== 'string') return value
  return value.replace(/^(\w+:\/\/[^:@/\s]*):[^@/\s]*@/, `$1:${hidden}@`)
}

/** Parsers of single values. Each names what it expects. */
export const parseText = (text: string): string => text

/** A whole number within both bounds. */
export function parseInteger(min: number, max: number) {
  return (text: string): number => {
    const value = Number(text)
    if (Number.isInteger(value) && value >= min && value <= max) return value
    throw new Error(`must be a whole number from ${min} to ${max}`)
  }
}

/** `true` or `false`, and nothing else. */
export function parseBoolean(text: string): boolean {
  if (text === 'true') return true
  if (text === 'false') return false
  throw new Error('must be true or false')
}

export function parseOneOf<T extends string>(...choices: readonly T[]) {
  return (text: string): T => {
    const choice = choices.find((candidate) => candidate === text)
    if (choice !== undefined) return choice
    throw new Error(`must be one of ${choices.join(', ')}`)
  }
}

/** A path. Whether the file can be read is found out at once, not when it is needed. */
export function parseReadableFile(text: string): string {
  try {
    accessSync(text, constants.R_OK)
    return text
  } catch {
    throw new Error('must be the path of a file that can be read')
  }
}

export function parseUrl(...protocols: readonly string[]) {
  return (text: string): string => {
    const url = URL.canParse(text) ? new URL(text) : null
    if (url !== null && protocols.includes(url.protocol.slice(0, -1))) return text
    // The text itself is not shown: it may hold a password.
    throw new Error(
      `must be a URL that starts with ${protocols.map((p) => `${p}://`).join(' or ')}`,
    )
  }
}

/** A name that Kafka takes for a topic. */
export function parseTopic(text: string): string {
  if (!/^[\w.-]{1,200}$/.test(text)) throw new Error('must be the name of a topic')
  return text
}

export function parseBrokers(text: string): readonly string[] {
  const brokers = text.split(',').map((part) => part.trim())
  if (brokers.every((broker) => /^[^\s:]+:\d{1,5}$/.test(broker))) return Object.freeze(brokers)
  throw new Error('must be a list like host:9092,other:9092')
}
