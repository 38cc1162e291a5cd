// Marks parts of a schema as sensitive, and finds them in a value. Contracts are marked with it;
// `encrypted-fields.ts` encrypts and masks what is found.
import type { TSchema } from 'typebox'
import {
  expand,
  isNode,
  type Node,
  nodeOf,
  ofItem,
  ofProperty,
  sensitiveKeyword,
  type Targets,
  targetsIn,
} from './schema-parts.ts'

/**
 * A copy of the schema whose value is encrypted in rows, history and topics, and masked in logs,
 * REST and the dashboard. Handlers and definitions get the plain value; what is checked and the
 * static type stay as they are. Not for what is made of it: a business key stays readable.
 */
export function sensitive<T extends TSchema>(schema: T): T {
  const mark = { value: true, enumerable: true, configurable: true, writable: true }
  return Object.defineProperties(
    {},
    { ...Object.getOwnPropertyDescriptors(schema), [sensitiveKeyword]: mark },
  ) as T
}

const known = new WeakMap<object, boolean>()

/** Looked up once for each schema, so that asking again costs nothing. */
export function hasSensitive(schema: TSchema): boolean {
  const before = known.get(schema)
  if (before !== undefined) return before
  const answer = marksIn(schema, new Set())
  known.set(schema, answer)
  return answer
}

function marksIn(schema: unknown, seen: Set<unknown>): boolean {
  if (typeof schema !== 'object' || schema === null || seen.has(schema)) return false
  seen.add(schema)
  if ((schema as Node)[sensitiveKeyword] === true) return true
  return Object.values(schema).some((inner) => marksIn(inner, seen))
}

/** What stands for a sensitive value; its own value when that is left as it is. */
export type Replace = (value: unknown) => unknown

/**
 * The value with every sensitive part replaced; the same object when there is none. Where a
 * schema leaves a choice (`anyOf`, `allOf`, …), a part is sensitive if any of them says so.
 */
export function replaceSensitive(schema: TSchema, value: unknown, replace: Replace): unknown {
  if (value === undefined || !hasSensitive(schema)) return value
  return walk({ targets: targetsIn(schema as Node), replace }, [schema as Node], value)
}

/** As `replaceSensitive`, and what the schema does not describe is replaced as well. */
export function replaceUndeclared(schema: TSchema, value: unknown, replace: Replace): unknown {
  const given = { targets: targetsIn(schema as Node), replace, isStrict: true }
  return walk(given, [schema as Node], value)
}

type Walk = { readonly targets: Targets; readonly replace: Replace; readonly isStrict?: boolean }

function walk(given: Walk, schemas: readonly Node[], raw: unknown): unknown {
  const all = expand(given.targets, schemas)
  if (all.some(isMarked)) return given.replace(raw)
  const value = jsonOf(raw)
  if (given.isStrict && !isDeclared(all, value)) return given.replace(raw)
  if (typeof value !== 'object' || value === null || all.length === 0) return value
  if (Array.isArray(value)) {
    return value.map((item, index) => walk(given, ofItem(all, index), item))
  }
  const entries = Object.entries(value).map(([name, inner]) => [
    name,
    inner === undefined ? inner : walk(given, ofProperty(all, name), inner),
  ])
  return Object.fromEntries(entries)
}

/** A schema that allows anything declares nothing. An object needs one that speaks of its properties. */
function isDeclared(schemas: readonly Node[], value: unknown): boolean {
  if (value === undefined || value === null) return true
  const isObject = typeof value === 'object' && !Array.isArray(value)
  const words = isObject
    ? ['properties', 'patternProperties', 'additionalProperties']
    : ['type', 'const', 'enum']
  return schemas.some((schema) => words.some((word) => schema[word] !== undefined))
}

/** What JSON makes of it: a Date is a text. */
function jsonOf(value: unknown): unknown {
  const { toJSON } = (value ?? {}) as { readonly toJSON?: unknown }
  return typeof toJSON === 'function' ? toJSON.call(value) : value
}

const isMarked = (schema: Node): boolean => schema[sensitiveKeyword] === true

/** The path, a JSON pointer, up to where it enters a sensitive part; null when it does not. */
export function sensitivePrefix(schema: TSchema, path: string): string | null {
  if (!hasSensitive(schema)) return null
  const targets = targetsIn(schema as Node)
  const names = path.split('/').slice(1)
  let parts = expand(targets, [schema as Node])
  for (let depth = 0; depth <= names.length; depth += 1) {
    if (parts.some(isMarked)) return `/${names.slice(0, depth).join('/')}`
    const name = (names[depth] ?? '').replaceAll('~1', '/').replaceAll('~0', '~')
    const item = /^\d+$/.test(name) ? ofItem(parts, Number(name)) : []
    parts = expand(targets, [...ofProperty(parts, name), ...item])
  }
  return null
}

/** The path of the first part that is sensitive in `schema` and not in `other`; null when none is. */
export function markedOnlyIn(schema: TSchema, other: TSchema): string | null {
  if (!hasSensitive(schema)) return null
  const [own, its] = [targetsIn(schema as Node), targetsIn(other as Node)]
  return missingMark({ own, its, seen: new Set() }, [schema as Node], [other as Node])
}

type Comparison = { readonly own: Targets; readonly its: Targets; readonly seen: Set<Node> }

function missingMark(
  given: Comparison,
  schemas: readonly Node[],
  others: readonly Node[],
): string | null {
  const all = expand(given.own, schemas)
  const counterparts = expand(given.its, others)
  if (counterparts.some(isMarked)) return null
  if (all.some(isMarked)) return ''
  for (const schema of all) {
    if (given.seen.has(schema)) continue
    given.seen.add(schema)
    for (const { name, inner, other } of pairs(schema, counterparts)) {
      const path = missingMark(given, [inner], other)
      if (path !== null) return `/${name}${path}`
    }
  }
  return null
}

type Pair = { readonly name: string; readonly inner: Node; readonly other: readonly Node[] }

/** The parts of a schema, each with what speaks about the same part in the other one. */
function pairs(schema: Node, others: readonly Node[]): readonly Pair[] {
  const properties = Object.entries(nodeOf(schema['properties'])).map(([name, inner]) => ({
    name,
    inner,
    other: ofProperty(others, name),
  }))
  const patterns = Object.entries(nodeOf(schema['patternProperties'])).map(([name, inner]) => ({
    name,
    inner,
    other: others.flatMap((one) => [nodeOf(one['patternProperties'])[name]]).filter(isNode),
  }))
  const rest = ['additionalProperties', 'unevaluatedProperties'].map((name) => ({
    name: '*',
    inner: schema[name],
    other: others.map((one) => one[name]).filter(isNode),
  }))
  const items = [schema['items'], schema['prefixItems']].flat().map((inner, index) => ({
    name: String(index),
    inner,
    other: ofItem(others, index),
  }))
  const lists = ['additionalItems', 'unevaluatedItems', 'contains'].map((name) => ({
    name: '*',
    inner: schema[name],
    other: others.map((one) => one[name]).filter(isNode),
  }))
  const found = [...properties, ...patterns, ...rest, ...items, ...lists]
  return found.flatMap(({ name, inner, other }) => (isNode(inner) ? [{ name, inner, other }] : []))
}
