// Which parts of a JSON Schema speak about which part of a value. Only `sensitive.ts` calls it.

/** A schema, or something in one. */
export type Node = { readonly [name: string]: unknown }

/** The keyword that marks sensitive parts; `x-` is what JSON Schema and OpenAPI leave to others. */
export const sensitiveKeyword = 'x-sensitive'

const choices = ['anyOf', 'oneOf', 'allOf'] as const
const branches = ['if', 'then', 'else'] as const

/** The schemas and everything that speaks about the same value. */
export function expand(targets: Targets, schemas: readonly Node[]): readonly Node[] {
  const all = new Set<Node>(schemas)
  // A set is walked on into what is added on the way.
  for (const schema of all) {
    const dependent = Object.values(nodeOf(schema['dependentSchemas']))
    const ref = schema['$ref'] ?? schema['$dynamicRef']
    const found = [
      ...choices.flatMap((name) => nodesIn(schema[name])),
      ...[...branches.map((name) => schema[name]), ...dependent].filter(isNode),
      ...(typeof ref === 'string' ? [targets.get(nameOf(ref)) ?? unfound] : []),
    ]
    for (const one of found) all.add(one)
  }
  return [...all]
}

export function ofProperty(schemas: readonly Node[], name: string): readonly Node[] {
  return schemas.flatMap((schema) => {
    const own = nodeOf(schema['properties'])
    const patterns = Object.entries(nodeOf(schema['patternProperties']))
    const fitting = patterns.flatMap(([text, one]) => (patternOf(text).test(name) ? [one] : []))
    const said = [...(Object.hasOwn(own, name) ? [own[name]] : []), ...fitting]
    if (said.length > 0) return said.filter(isNode)
    return [schema['additionalProperties'], schema['unevaluatedProperties']].filter(isNode)
  })
}

export function ofItem(schemas: readonly Node[], index: number): readonly Node[] {
  return schemas.flatMap((schema) => {
    const { items, prefixItems } = schema
    const tuple = [...nodesIn(items), ...nodesIn(prefixItems)]
    const said = tuple[index] ?? [items, schema['additionalItems']]
    return [said, schema['contains'], schema['unevaluatedItems']].flat().filter(isNode)
  })
}

const patterns = new Map<string, RegExp>()

/** They come from schemas, so there are few. */
function patternOf(text: string): RegExp {
  const before = patterns.get(text)
  if (before !== undefined) return before
  const pattern = new RegExp(text, 'u')
  patterns.set(text, pattern)
  return pattern
}

/** What a `$ref` may mean, by name, from wherever in the schema. */
export type Targets = ReadonlyMap<string, Node>

const targetsOfRoot = new WeakMap<object, Targets>()

/** A reference that leads nowhere that we know: nothing behind it may be shown. */
const unfound: Node = { [sensitiveKeyword]: true }

export function targetsIn(root: Node): Targets {
  const before = targetsOfRoot.get(root)
  if (before !== undefined) return before
  const targets = new Map<string, Node>([['#', root]])
  collect(root, targets, new Set())
  targetsOfRoot.set(root, targets)
  return targets
}

function collect(schema: unknown, targets: Map<string, Node>, seen: Set<unknown>): void {
  if (typeof schema !== 'object' || schema === null || seen.has(schema)) return
  seen.add(schema)
  const node = schema as Node
  for (const place of ['$defs', 'definitions']) {
    for (const [name, target] of Object.entries(nodeOf(node[place]))) {
      if (isNode(target)) targets.set(name, target)
    }
  }
  if (typeof node['$id'] === 'string') targets.set(node['$id'], node)
  for (const inner of Object.values(schema)) collect(inner, targets, seen)
}

const nameOf = (ref: string): string => ref.replace(/^#\/(\$defs|definitions)\//, '')

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export const nodeOf = (value: unknown): Node => (isNode(value) ? value : {})
export const nodesIn = (value: unknown): readonly Node[] =>
  Array.isArray(value) ? value.filter(isNode) : []
