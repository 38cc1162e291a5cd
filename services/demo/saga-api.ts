// The orchestrator's REST as the demo uses it. Answers are checked for what is read of them.

import { type Static, type TSchema, Type } from 'typebox'
import { Check } from 'typebox/value'

const Started = Type.Object({ id: Type.String(), isNew: Type.Boolean() })

const Saga = Type.Object({
  id: Type.String(),
  status: Type.String(),
  steps: Type.Array(
    Type.Object({
      name: Type.String(),
      outcome: Type.String(),
      attempts: Type.Integer(),
      attemptsMax: Type.Integer(),
    }),
  ),
})

const History = Type.Object({
  items: Type.Array(
    Type.Object({
      at: Type.String(),
      status: Type.String(),
      state: Type.Unknown(),
      facts: Type.Array(
        Type.Object({
          type: Type.String(),
          step: Type.Optional(Type.String()),
          direction: Type.Optional(Type.String()),
          attempt: Type.Optional(Type.Integer()),
          detail: Type.Optional(Type.Unknown()),
        }),
      ),
    }),
  ),
})

const Sagas = Type.Object({ items: Type.Array(Type.Object({ id: Type.String() })) })

const Definitions = Type.Object({
  items: Type.Array(
    Type.Object({
      name: Type.String(),
      steps: Type.Array(
        Type.Object({
          name: Type.String(),
          command: Type.String(),
          undo: Type.Union([Type.String(), Type.Null()]),
        }),
      ),
    }),
  ),
})

const Logs = Type.Object({ items: Type.Array(Type.Object({ service: Type.String() })) })

const Stats = Type.Object({
  items: Type.Array(
    Type.Object({
      name: Type.String(),
      step: Type.Union([Type.String(), Type.Null()]),
      started: Type.Integer(),
      completed: Type.Integer(),
      compensated: Type.Integer(),
      retries: Type.Integer(),
      p50Ms: Type.Union([Type.Integer(), Type.Null()]),
    }),
  ),
})

export type SagaStarted = Static<typeof Started>
export type SagaNow = Static<typeof Saga>
export type HistoryEntry = Static<typeof History>['items'][number]
export type StepCommands = Static<typeof Definitions>['items'][number]['steps'][number]

export type StatsItem = Static<typeof Stats>['items'][number]

type Headers = Readonly<Record<string, string>>

export type SagaApi = {
  start(input: unknown, headers?: Headers): Promise<SagaStarted>
  /** Answers at the end, or how it stands after `waitSeconds`. */
  startAndWait(input: unknown, waitSeconds: number, headers?: Headers): Promise<SagaNow>
  find(id: string): Promise<SagaNow>
  /** As it was after the entry of its history with this number, from 1. */
  findAfter(id: string, entry: number): Promise<SagaNow>
  history(id: string): Promise<readonly HistoryEntry[]>
  /** A line for each that a service logged about it, by the name of the service. */
  logs(id: string): Promise<readonly { readonly service: string }[]>
  /** By the minute, of the last hour. */
  stats(): Promise<readonly StatsItem[]>
  /** The sagas of a customer. */
  sagasOf(customerId: string): Promise<readonly { readonly id: string }[]>
  /** Which commands the steps of the saga send. */
  steps(): Promise<readonly StepCommands[]>
}

/** No answer may take longer, waits asked for not counted. */
const answerMsMax = 20_000

const sagaName = 'place-order'

export function createSagaApi(url: string, signal: AbortSignal): SagaApi {
  const call = async <S extends TSchema, Body = Static<S>>(
    schema: S,
    path: string,
    options: CallOptions = {},
  ): Promise<Body> => {
    const { waitMs = 0, ...init } = options
    const limit = AbortSignal.any([signal, AbortSignal.timeout(answerMsMax + waitMs)])
    const response = await fetch(`${url}${path}`, { ...init, signal: limit })
    const body: unknown = await response.json()
    if (response.ok && Check(schema as TSchema, body)) return body as Body
    const request = `${init.method ?? 'GET'} ${path}`
    throw new Error(`${request} was answered with ${response.status}: ${JSON.stringify(body)}`)
  }
  const post = (input: unknown, headers: Headers = {}): CallOptions => ({
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(input),
  })
  const path = `/sagas/${sagaName}`
  return {
    start: (input, headers) => call(Started, path, post(input, headers)),
    startAndWait: (input, waitSeconds, headers) => {
      const request = post(input, { ...headers, prefer: `wait=${waitSeconds}` })
      return call(Saga, path, { ...request, waitMs: waitSeconds * 1_000 })
    },
    find: (id) => call(Saga, `/sagas/${id}`),
    findAfter: (id, entry) => call(Saga, `/sagas/${id}?at=${entry}`),
    logs: async (id) => (await call(Logs, `/sagas/${id}/logs`)).items,
    stats: async () => (await call(Stats, `/stats?name=${sagaName}`)).items,
    history: async (id) => (await call(History, `/sagas/${id}/history`)).items,
    sagasOf: async (customerId) =>
      (await call(Sagas, `/sagas?businessKey=${encodeURIComponent(customerId)}`)).items,
    steps: async () => {
      const { items } = await call(Definitions, '/definitions')
      return items.find(({ name }) => name === sagaName)?.steps ?? []
    },
  }
}

type CallOptions = RequestInit & { readonly waitMs?: number }
