// Checks a part of a request (path, query, headers, body) against the schema of its route.
import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { createCheck } from '../../messaging/check.ts'
import { orchestratorError } from '../errors.ts'

type Query = Readonly<Record<string, unknown>>

/** Nothing is dropped, filled in or converted, except the whole numbers and the lists of a query. */
export const checkPart: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const check = createCheck(schema)
  const isQuery = httpPart === 'querystring'
  const numbers = isQuery ? namesOf(schema, 'integer') : []
  const lists = isQuery ? namesOf(schema, 'array') : []
  const isPlain = numbers.length === 0 && lists.length === 0
  const part = isQuery ? 'query' : httpPart
  return (given: unknown) => {
    const value = isPlain ? given : withLists(withNumbers(given as Query, numbers), lists)
    const problem = check(value)
    // A body that is not there comes in as null, and must not become one.
    if (problem === null) return value === given || { value }
    return { error: orchestratorError('REQUEST_INVALID', { problem: `${part}: ${problem}` }) }
  }
}

function namesOf(schema: TSchema, type: 'integer' | 'array'): readonly string[] {
  const { properties = {} } = schema as { readonly properties?: Record<string, { type?: string }> }
  return Object.keys(properties).filter((name) => properties[name]?.type === type)
}

const wholeNumber = /^\d{1,9}$/

function withNumbers(query: Query, names: readonly string[]): Query {
  const numbers = names.flatMap((name) => {
    const text = query[name]
    return typeof text === 'string' && wholeNumber.test(text) ? [[name, Number(text)]] : []
  })
  return { ...query, ...Object.fromEntries(numbers) }
}

/** A parameter that may be repeated, and is there once. */
function withLists(query: Query, names: readonly string[]): Query {
  const lists = names.flatMap((name) => {
    const text = query[name]
    return typeof text === 'string' ? [[name, [text]]] : []
  })
  return { ...query, ...Object.fromEntries(lists) }
}
