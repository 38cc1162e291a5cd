// What a saga can be found by, from the functions of its definition: its business key, its
// correlation id and its attributes. Called at the start; what does not fit refuses the start.
import type { Json } from '../../messaging/message.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import { orchestratorError } from '../errors.ts'
import type { Attributes } from '../store/saga-rows.ts'

export type SearchKeys = {
  readonly businessKey: string | null
  readonly correlationId: string | null
  readonly attributes: Attributes
}

/** Longer keys and ids would not fit into the index. */
const keyLengthMax = 500
const attributesMax = 32
const attributeNameLengthMax = 64
const attributeLengthMax = 500

const none: Attributes = {}

/** @throws SAGA_DEFINITION_FAILED when a function throws or gives what cannot be searched by. */
export function searchKeysOf(definition: SagaDefinition, input: Json): SearchKeys {
  try {
    return {
      businessKey: checkKey('a business key', definition.businessKey(input)),
      correlationId: checkKey('a correlation id', definition.correlationId(input)),
      attributes: toAttributes(definition.attributes(input)),
    }
  } catch (error) {
    const { name } = definition
    const problem = error instanceof Error ? error.message : String(error)
    throw orchestratorError('SAGA_DEFINITION_FAILED', { name, problem }, error)
  }
}

function checkKey(what: string, key: unknown): string | null {
  if (key === null || (typeof key === 'string' && isText(key, keyLengthMax))) return key
  throw new Error(`${what} is a text of at most ${keyLengthMax} characters`)
}

/** Values are kept as texts: who searches has nothing but text. */
function toAttributes(given: Readonly<Record<string, unknown>>): Attributes {
  const entries = Object.entries(given)
  if (entries.length === 0) return none
  if (entries.length > attributesMax)
    throw new Error(`it has more than ${attributesMax} attributes`)
  return Object.fromEntries(entries.map(([name, value]) => [checkName(name), toText(name, value)]))
}

/** The first colon of a search ends the name. */
function checkName(name: string): string {
  if (name !== '' && isText(name, attributeNameLengthMax) && !name.includes(':')) return name
  const rule = `has 1 to ${attributeNameLengthMax} characters and no colon`
  throw new Error(`the name of an attribute ${rule}: ${JSON.stringify(name.slice(0, 100))}`)
}

function toText(name: string, value: unknown): string {
  const isValue = ['string', 'number', 'boolean'].includes(typeof value)
  const text = String(value)
  if (isValue && isText(text, attributeLengthMax)) return text
  throw new Error(
    `the attribute ${name} is no text of at most ${attributeLengthMax} characters, number or boolean`,
  )
}

/** Postgres takes neither NUL nor half a surrogate pair. */
function isText(text: string, lengthMax: number): boolean {
  return text.length <= lengthMax && !text.includes('\0') && text.isWellFormed()
}
