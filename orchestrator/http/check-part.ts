// Checks a part of a request (path, query, headers, body) against the schema of its route.
import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { createCheck } from '../../messaging/check.ts'
import { orchestratorError } from '../errors.ts'

type Query = Readonly<Record<string, unknown>>

/** Nothing is dropped, filled in or converted, except the whole numbers of a query. */
export const checkPart: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const check = createCheck(schema)
  const numbers = httpPart === 'querystring' ? numberNames(schema) : []
  const part = httpPart === 'querystring' ? 'query' : httpPart
  return (given: unknown) => {
    const value = numbers.length === 0 ? given : withNumbers(given as Query, numbers)
    const problem = check(value)
    // A body that is not there comes in as null, and must not become one.
    if (problem === null) return value === given || { value }
    return { error: orchestratorError('REQUEST_INVALID', { problem: `${part}: ${problem}` }) }
  }
}

function numberNames(schema: TSchema): readonly string[] {
  const { properties = {} } = schema as { readonly properties?: Record<string, { type?: string }> }
  return Object.keys(properties).filter((name) => properties[name]?.type === 'integer')
}

const wholeNumber = /^\d{1,9}$/

function withNumbers(query: Query, names: readonly string[]): Query {
  const numbers = names.flatMap((name) => {
    const text = query[name]
    return typeof text === 'string' && wholeNumber.test(text) ? [[name, Number(text)]] : []
  })
  return { ...query, ...Object.fromEntries(numbers) }
}
