// Run-time checks of data against JSON Schemas, by TypeBox's compiler; compiled at first use.

import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'

/** Answers null when the value fits, else one line that names the failing path. */
export type Check = (value: unknown) => string | null

/** Problems named in one answer; the rest are counted by nobody and mended one by one. */
const problemsMax = 3

export function createCheck(schema: TSchema): Check {
  let compiled: ReturnType<typeof Compile> | undefined
  return (value) => {
    compiled ??= Compile(schema)
    if (compiled.Check(value)) return null
    return [...compiled.Errors(value)]
      .slice(0, problemsMax)
      .map((error) => `${error.instancePath || '/'} ${error.message}`)
      .join('; ')
  }
}
