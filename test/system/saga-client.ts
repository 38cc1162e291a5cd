// REST as a patient client uses it: a start that got no answer, or one that says "later", is sent
// again with the same Idempotency-Key, to whichever orchestrator is there then.
import { setTimeout as sleep } from 'node:timers/promises'
import type { DefinitionView } from '../../orchestrator/http/schemas/definition-schema.ts'
import type { HistoryView, SagaView } from '../../orchestrator/store/saga-view.ts'

export type Answer = {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

export type StartOptions = {
  readonly key?: string
  /** `Prefer: wait`, in seconds. */
  readonly waitS?: number
  /** For later. */
  readonly startAt?: Date
}

type PatientOptions = StartOptions & {
  readonly key: string
  readonly onLater?: (answer: Answer) => void
}

const retryPauseMs = 50

export class SagaClient {
  readonly #url: () => string

  /** Asked for the address before every request, since a restarted orchestrator has a new one. */
  constructor(url: () => string) {
    this.#url = url
  }

  /** One try. Rejects when there was no answer. */
  async start(name: string, input: unknown, options: StartOptions = {}): Promise<Answer> {
    const { key, waitS, startAt } = options
    const query = startAt === undefined ? '' : `?startAt=${startAt.toISOString()}`
    return this.#ask('POST', `/sagas/${name}${query}`, input, {
      ...keyed(key),
      ...(waitS !== undefined && { prefer: `wait=${waitS}` }),
    })
  }

  /** Tries until the start is answered with something that is not "try again later". */
  async startPatiently(
    name: string,
    input: unknown,
    options: PatientOptions,
    limitMs: number,
  ): Promise<Answer> {
    const deadline = performance.now() + limitMs
    for (;;) {
      const answer = await this.start(name, input, options).catch((error: unknown) => error)
      if (isAnswer(answer) && answer.status !== 503) return answer
      if (isAnswer(answer)) options.onLater?.(answer)
      if (performance.now() > deadline) {
        const last = isAnswer(answer) ? JSON.stringify(answer.body) : String(answer)
        throw new Error(`${name} with key ${options.key} is not answered: ${last}`)
      }
      await sleep(retryPauseMs)
    }
  }

  async saga(id: string): Promise<SagaView> {
    const { status, body } = await this.#ask('GET', `/sagas/${id}`)
    if (status !== 200) throw new Error(`saga ${id} is answered with ${status}`)
    return body as unknown as SagaView
  }

  async history(id: string): Promise<readonly HistoryView[]> {
    const { status, body } = await this.#ask('GET', `/sagas/${id}/history`)
    if (status !== 200) throw new Error(`the history of ${id} is answered with ${status}`)
    return (body['items'] ?? body) as unknown as readonly HistoryView[]
  }

  /** A verb, with its Idempotency-Key where the request may be repeated. */
  tell(id: string, verb: string, body: object, key?: string): Promise<Answer> {
    return this.#ask('POST', `/sagas/${id}/${verb}`, body, keyed(key))
  }

  signal(id: string, signal: string, body: object, key?: string): Promise<Answer> {
    return this.#ask('POST', `/sagas/${id}/signals/${signal}`, body, keyed(key))
  }

  signalByKey(signal: string, body: object, key?: string): Promise<Answer> {
    return this.#ask('POST', `/signals/${signal}`, body, keyed(key))
  }

  get(path: string): Promise<Answer> {
    return this.#ask('GET', path)
  }

  retry(id: string, by: { readonly actor: string; readonly reason: string }): Promise<Answer> {
    return this.#ask('POST', `/sagas/${id}/retry`, by)
  }

  /** As `GET /definitions` shows them. */
  async definitions(): Promise<readonly DefinitionView[]> {
    const { body } = await this.#ask('GET', '/definitions')
    return body['items'] as readonly DefinitionView[]
  }

  migrate(name: string, body: Readonly<Record<string, unknown>>): Promise<Answer> {
    return this.#ask('POST', `/definitions/${name}/migrations`, body)
  }

  /** A verb for many. */
  bulk(body: Readonly<Record<string, unknown>>): Promise<Answer> {
    return this.#ask('POST', '/bulk-jobs', body)
  }

  ready(): Promise<Answer> {
    return this.#ask('GET', '/health/ready')
  }

  async #ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.#url()}${path}`, {
      method,
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: (await response.json()) as Answer['body'] }
  }
}

function keyed(key: string | undefined): Readonly<Record<string, string>> {
  return key === undefined ? {} : { 'idempotency-key': key }
}

function isAnswer(value: unknown): value is Answer {
  return typeof value === 'object' && value !== null && 'status' in value && 'body' in value
}
