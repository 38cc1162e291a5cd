// `GET /events` and `GET /sagas/{saga}/events`: what happens, as server-sent events, while it happens.
import { type TSchema, Type } from 'typebox'
import { orchestratorError } from '../../errors.ts'
import type { FeedPlace } from '../../store/saga-feed.ts'
import { visibleSagas } from '../access/principal.ts'
import type { App } from '../app.ts'
import type { Edge } from '../edge.ts'
import type { Tale } from '../live/event-streams.ts'
import { FeedReader, feedTale, readFeedId } from '../live/feed-tale.ts'
import type { NewsBell } from '../live/news-bell.ts'
import { sagaIdOf } from '../saga-id.ts'
import { problems } from '../schemas/problem-schema.ts'
import { noQuery, queryText, sagaById } from '../schemas/request-schemas.ts'
import { FeedEntrySchema, HistoryEntrySchema } from '../schemas/saga-schemas.ts'
import { refTo } from '../schemas/shared-schemas.ts'
import type { AddRoute, RouteParts } from './route.ts'

/** More than all the digits of an id. */
const idLengthMax = 40

const headers = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({
      maxLength: idLengthMax,
      description: 'The id of the last event that came: the stream goes on after it.',
    }),
  ),
})

const stream = (schema: TSchema, description: string) => ({
  200: {
    description,
    content: { 'text/event-stream': { schema: refTo(schema) } },
  },
})

const ends =
  'It ends after a quarter of an hour or with the server: come back with `Last-Event-ID`.'

const all = {
  operationId: 'follow-events',
  summary: 'What happens to all sagas, from now on',
  description:
    'Events `entry` are entries of histories, in the order in which the read model took them in; ' +
    '`ready` and `beat` give a place to come back to; `missed`: so much came meanwhile that some of ' +
    `it is no longer kept, so read your lists anew. ${ends}`,
  tags: ['events'],
  headers,
  querystring: Type.Object(
    { name: Type.Optional(queryText('Only sagas of this name.')) },
    { additionalProperties: false },
  ),
  response: {
    ...stream(FeedEntrySchema, 'The data of an event `entry`.'),
    ...problems('CURSOR_INVALID', 'STREAMS_FULL'),
  },
} as const

const one = {
  operationId: 'follow-saga',
  summary: 'The history of a saga, and what happens to it from now on',
  description: `Events \`entry\` are the entries of its history; their ids are their numbers. ${ends}`,
  tags: ['events'],
  params: sagaById,
  headers,
  querystring: noQuery,
  response: {
    ...stream(HistoryEntrySchema, 'The data of an event `entry`.'),
    ...problems('SAGA_NOT_FOUND', 'CURSOR_INVALID', 'STREAMS_FULL'),
  },
} as const

/** A stream would not end for HEAD. */
const exposeHeadRoute = false

export const addLiveEvents: AddRoute = (app, parts) => {
  addFeed(app, parts)
  addSagaEvents(app, parts)
}

function addFeed(app: App, { edge, streams }: RouteParts): void {
  const given = { edge, bell: streams.bell, reader: new FeedReader(edge) }
  app.get('/events', { schema: all, exposeHeadRoute }, async (request, reply) => {
    const { name } = request.query
    const visible = visibleSagas(request.principal)
    const isWanted = (of: string) =>
      (name === undefined || of === name) && (visible === null || visible.includes(of))
    const lastId = request.headers['last-event-id']
    const place: FeedPlace = lastId === undefined ? await edge.feedHead() : readFeedId(lastId)
    streams.open({ request, reply }, place, feedTale(given, isWanted))
  })
}

function addSagaEvents(app: App, { edge, streams }: RouteParts): void {
  app.get('/sagas/:saga/events', { schema: one, exposeHeadRoute }, async (request, reply) => {
    const id = sagaIdOf(request.params.saga)
    if ((await edge.nameOf(id)) === null) throw orchestratorError('SAGA_NOT_FOUND', { id })
    const place = entryAfter(request.headers['last-event-id'])
    streams.open({ request, reply }, place, sagaTale(edge, streams.bell, id))
  })
}

/** @throws CURSOR_INVALID. */
function entryAfter(lastId: string | undefined): number {
  if (lastId === undefined) return 0
  if (/^\d{1,9}$/.test(lastId)) return Number(lastId)
  throw orchestratorError('CURSOR_INVALID')
}

function sagaTale(edge: Edge, bell: NewsBell, id: ReturnType<typeof sagaIdOf>): Tale<number> {
  return {
    idOf: String,
    wait: (revision, signal) => bell.forSaga({ id, revision }, signal),
    read: async (after) => {
      const entries = await edge.history(id, after)
      const events = entries.map((data) => ({ id: String(data.seq), event: 'entry', data }))
      return { events, place: entries.at(-1)?.seq ?? after, isMore: false }
    },
  }
}
