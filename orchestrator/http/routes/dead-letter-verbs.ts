// What a person does with dead letters: edit, replay, discard one; replay many, a page at a time,
// with a look at them before.
import { type Static, Type } from 'typebox'
import { viewLetter, viewSummary } from '../../../messaging/dead-letter-view.ts'
import { orchestratorError } from '../../errors.ts'
import type { App } from '../app.ts'
import type { Edge } from '../edge.ts'
import { decodeLetterCursor, encodeLetterCursor, letterIdOf } from '../letter-cursor.ts'
import {
  DeadLetterSchema,
  LetterEditBody,
  letterBy,
  letterById,
} from '../schemas/dead-letter-schemas.ts'
import { problems } from '../schemas/problem-schema.ts'
import { noQuery } from '../schemas/request-schemas.ts'
import { refTo } from '../schemas/shared-schemas.ts'
import { filterOf, letterCriteria, letterPage, letterPageSchema } from './dead-letters.ts'
import type { AddRoute } from './route.ts'

const limitDefault = 50
const idsMax = 1_000

const summaries = {
  edit: 'Change what a replay will send; the record is kept as it came',
  replay: 'Send it again to its topic, with its key, headers and bytes',
  discard: 'Put it away: nobody will need it',
} as const

const schemaOf = (verb: keyof typeof summaries) =>
  ({
    operationId: `${verb}-dead-letter`,
    summary: summaries[verb],
    description: 'The same again changes nothing, but for an edit, which is noted again.',
    tags: ['letters'],
    params: letterById,
    querystring: noQuery,
    response: {
      200: refTo(DeadLetterSchema),
      ...problems('LETTER_NOT_FOUND', 'LETTER_SETTLED', 'LETTER_EDIT_INVALID', 'BODY_TOO_LARGE'),
    },
  }) as const

const kept = { additionalProperties: false, description: 'Kept beside the letter.' } as const

const ReplayBody = Type.Object(
  {
    ...letterBy,
    ...letterCriteria,
    ids: Type.Optional(
      Type.Array(Type.String({ pattern: '^\\d{1,18}$' }), {
        minItems: 1,
        maxItems: idsMax,
        description: 'Only these.',
      }),
    ),
    dryRun: Type.Optional(
      Type.Boolean({ default: true, description: 'Only tells which it would be, unless false.' }),
    ),
    ...letterPage,
  },
  kept,
)

const replaySchema = {
  operationId: 'replay-dead-letters',
  summary: 'Send parked letters again, a page at a time; first a dry run tells which',
  description: 'Letters that are parked after the first page are not among the later ones.',
  tags: ['letters'],
  querystring: noQuery,
  body: ReplayBody,
  response: {
    200: letterPageSchema('Those of this page that were parked.'),
    ...problems('CURSOR_INVALID', 'BODY_TOO_LARGE'),
  },
} as const

export const addDeadLetterVerbs: AddRoute = (app, { edge }) => {
  addEdit(app, edge)
  for (const verb of ['replay', 'discard'] as const) {
    const schema = { ...schemaOf(verb), body: Type.Object(letterBy, kept) } as const
    app.post(`/dead-letters/:letter/${verb}`, { schema }, async ({ params, body }) => {
      const id = letterIdOf(params.letter)
      await edge.letters[verb](id, body)
      return viewLetter(await edge.letters.find(id))
    })
  }
  app.post('/dead-letters/replay', { schema: replaySchema }, async ({ body }) =>
    replayPage(edge, body),
  )
}

function addEdit(app: App, edge: Edge): void {
  const schema = { ...schemaOf('edit'), body: LetterEditBody } as const
  app.post('/dead-letters/:letter/edit', { schema }, async ({ params, body }) => {
    const id = letterIdOf(params.letter)
    const { actor, reason, headers } = body
    const value = newValue(body)
    await edge.letters.edit(id, {
      ...{ actor, reason },
      ...(value !== undefined && { value }),
      ...(headers !== undefined && { headers }),
    })
    return viewLetter(await edge.letters.find(id))
  })
}

function newValue({ valueBase64, text }: Static<typeof LetterEditBody>): Buffer | undefined {
  if (valueBase64 !== undefined && text !== undefined) {
    throw orchestratorError('REQUEST_INVALID', {
      problem: 'body: /text and /valueBase64 exclude each other',
    })
  }
  if (text !== undefined) return Buffer.from(text)
  return valueBase64 === undefined ? undefined : Buffer.from(valueBase64, 'base64')
}

async function replayPage(edge: Edge, body: Static<typeof ReplayBody>) {
  const { actor, reason, dryRun = true, limit = limitDefault, cursor } = body
  const { items, next } = await edge.letters.replayMany({
    filter: { ...filterOf(body), state: 'parked' },
    place: cursor === undefined ? null : decodeLetterCursor(cursor),
    ...{ by: { actor, reason }, isDryRun: dryRun, limit },
  })
  return { items: items.map(viewSummary), nextCursor: next && encodeLetterCursor(next) }
}
