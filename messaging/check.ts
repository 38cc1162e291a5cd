// Run-time checks of data against JSON Schemas, by TypeBox's compiler; compiled at first use.

import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { sensitivePrefix } from './sensitive.ts'

/** Answers null when the value fits, else one line that names the failing path, never a value. */
export type Check = (value: unknown) => string | null

/** Problems named in one answer; the rest are counted by nobody and mended one by one. */
const problemsMax = 3

export function createCheck(schema: TSchema): Check {
  let compiled: ReturnType<typeof Compile> | undefined
  return (value) => {
    compiled ??= Compile(schema)
    if (compiled.Check(value)) return null
    return compiled
      .Errors(value)
      .filter(({ keyword }) => keyword !== summary)
      .slice(0, problemsMax)
      .map((problem) => lineOf(schema, problem))
      .join('; ')
  }
}

/** Comes once more after the errors of the single properties, and names none. */
const summary = 'additionalProperties'

type Problem = {
  readonly keyword: string
  readonly schemaPath: string
  readonly instancePath: string
  readonly message: string
}

function lineOf(schema: TSchema, problem: Problem): string {
  const { keyword, schemaPath, instancePath, message } = problem
  // In there even the names of properties may be somebody's data.
  const hidden = sensitivePrefix(schema, instancePath)
  if (hidden !== null) return `${hidden} does not fit`
  const isUnknown = keyword === 'boolean' && schemaPath.endsWith('/additionalProperties')
  if (!isUnknown) return `${instancePath || '/'} ${message}`
  const at = instancePath.lastIndexOf('/')
  const name = instancePath
    .slice(at + 1)
    .replaceAll('~1', '/')
    .replaceAll('~0', '~')
  return `${instancePath.slice(0, at) || '/'} must not have the property ${name}`
}
