// Turns answers into JSON by the schemas of the routes. Most answers of most routes are one of a few
// schemas (a problem, a saga), so each is compiled once in a process: for every route anew it took the
// better part of a start.
import fastJsonStringify from 'fast-json-stringify'
import type { FastifySerializerCompiler } from 'fastify'
import { sharedSchemas } from './schemas/shared-schemas.ts'

type Writer = (answer: unknown) => string

const shared = Object.fromEntries(sharedSchemas.map((one) => [(one as { $id?: string }).$id, one]))
/** By the text of the schema: as many as routes have different answers. */
const writers = new Map<string, Writer>()

export const writeAnswers: FastifySerializerCompiler<object> = ({ schema }) => {
  const text = JSON.stringify(schema)
  const known = writers.get(text)
  if (known !== undefined) return known
  const writer: Writer = fastJsonStringify(schema, { schema: shared })
  writers.set(text, writer)
  return writer
}
