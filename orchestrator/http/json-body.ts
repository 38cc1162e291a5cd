// Reads request bodies: JSON in UTF-8 that can be stored, and nothing else. Set up by `app.ts`.
import { isUtf8 } from 'node:buffer'
import type { FastifyInstance } from 'fastify'
import { parse } from 'secure-json-parse'
import { jsonProblem } from '../../messaging/json-problem.ts'
import { orchestratorError } from '../errors.ts'

export function acceptOnlyJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>(
    'application/json',
    { parseAs: 'buffer' },
    async (_request: unknown, bytes: Buffer) => readJson(bytes),
  )
}

/** @throws REQUEST_INVALID. */
function readJson(bytes: Buffer): unknown {
  if (bytes.length === 0) throw invalid('the body is missing')
  if (!isUtf8(bytes)) throw invalid('the body is not UTF-8')
  const text = bytes.toString('utf8')
  const body = parseJson(text)
  const problem = jsonProblem(text, body)
  if (problem !== null) throw invalid(`the body cannot be stored: ${problem}`)
  return body
}

function parseJson(text: string): unknown {
  try {
    return parse(text, { protoAction: 'error', constructorAction: 'error' })
  } catch (error) {
    throw invalid('the body is not valid JSON, or has a key such as __proto__', error)
  }
}

function invalid(problem: string, cause?: unknown): Error {
  return orchestratorError('REQUEST_INVALID', { problem }, cause)
}
