// The load of the crash tests: clients that try again until they are answered, services that start
// and signal through their outbox, strangers that write what nobody can read. Together they make
// the orchestrator and the participant pass nearly every named point all the time.
import { setTimeout as sleep } from 'node:timers/promises'
import { sendSignal, startSaga } from '../../../participant/index.ts'
import type { Answer } from '../saga-client.ts'
import { type Work, worksService, worksTopic } from './crash-sagas.ts'
import type { CrashWorld } from './crash-world.ts'

const pauseMs = 120
const patienceMs = 120_000
const by = { actor: 'clerk', reason: 'crash test' }
const shelves = 6
const livingMax = 100
/** Slower then, never nothing: each point must be passed again and again. */
const slowPauseMs = 1_000
/** The status of "ask again later". */
const later = 503
/** Bulk jobs are about sagas that began so recently. */
const recentMs = 3_000
export const poison = 'poison'

export class CrashLoad {
  /** Of the sagas that were asked for, each answered or committed. */
  readonly names = new Map<string, string>()
  /** What a client took for an answer although it did not get what it asked for. */
  readonly refused: string[] = []
  /** Of those: answers that only a bug gives. */
  readonly broken: string[] = []
  readonly #world: CrashWorld
  readonly #stopping = new AbortController()
  readonly #loops: Promise<void>[] = []
  #count = 0
  #isFull = false

  constructor(world: CrashWorld) {
    this.#world = world
  }

  start(): void {
    const rounds = [
      () => this.fill(),
      () => this.hear(),
      () => this.overKafka(),
      () => this.nest(),
      () => this.#poison(),
      () => this.#migrate(),
    ]
    for (const round of rounds) {
      this.repeat(async () => {
        if (this.#isFull) await sleep(slowPauseMs)
        await round()
      })
    }
    this.repeat(() => this.#look())
  }

  /** Resolves when whatever was asked for is answered. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#loops)
  }

  /** Until that, or all, is over; a round that has begun goes on to its end. */
  repeat(round: () => Promise<void>, over?: AbortSignal): void {
    const loop = async () => {
      while (!this.#stopping.signal.aborted && over?.aborted !== true) {
        await round()
        await sleep(pauseMs)
      }
    }
    const looped = loop()
    looped.catch(() => undefined)
    this.#loops.push(looped)
  }

  async fill(): Promise<void> {
    const work = this.#work('fill')
    // Some for later: they wait for a timer.
    const isLater = this.#count % 4 === 1
    const startAt = new Date(Date.now() + 2 * pauseMs)
    await this.#startOver('fill', work, isLater ? { startAt } : {})
  }

  async hear(): Promise<void> {
    const work = this.#work('hear')
    const id = await this.#startOver('hear', work)
    const { client } = this.#world
    await this.#patiently(() => client.tell(id, 'pause', by, `${work.name}-pause`), id)
    await this.#patiently(() => client.tell(id, 'resume', by, `${work.name}-resume`), id)
    await this.tellToGo(id, work.name)
  }

  async tellToGo(id: string, key: string): Promise<void> {
    const data = { data: {} }
    await this.#patiently(() => this.#world.client.signal(id, 'go', data, `${key}-go`), id)
  }

  /** The signals come first, and wait for their sagas. */
  async overKafka(): Promise<void> {
    const waiting = Array.from({ length: 4 }, () => this.#work('hear'))
    const source = worksService
    const { works } = this.#world
    await works.transaction(async (tx) => {
      for (const { name } of waiting) {
        const to = { saga: 'hear', businessKey: name }
        await sendSignal(tx, { source, id: `${name}-go`, to, signal: 'go', data: {} })
      }
    })
    await sleep(2 * pauseMs)
    const started = [...waiting.map((work) => ['hear', work] as const)]
    started.push(...Array.from({ length: 2 }, () => ['fill', this.#work('fill')] as never))
    for (const [saga, input] of started) {
      await works.transaction((tx) => startSaga(tx, { source, saga, key: input.name, input }))
      this.names.set(input.name, saga)
    }
  }

  async nest(): Promise<void> {
    const work = this.#work('nest')
    const id = await this.#startOver('nest', work)
    if (this.#count % 2 === 0) return
    await this.#patiently(
      () => this.#world.client.tell(id, 'cancel', by, `${work.name}-cancel`),
      id,
    )
  }

  /** Of sagas that have just begun, or ended: some obey, some refuse. */
  async cancelMany(): Promise<void> {
    await this.nest()
    const filter = { name: 'nest', startedAfter: new Date(Date.now() - recentMs).toISOString() }
    const body = { verb: 'cancel', filter, ...by, dryRun: false }
    await this.#world.client.bulk(body).catch(() => undefined)
  }

  /** While no process lives that carries them out, sagas must not heap up. */
  async #look(): Promise<void> {
    const { rows } = await this.#world.sagas.query<{ readonly living: number }>(
      'select count(*)::int as living from sagas where ended_at is null',
    )
    this.#isFull = (rows[0]?.living ?? 0) > livingMax
  }

  async #poison(): Promise<void> {
    for (const topic of ['sagaline.replies', worksTopic]) {
      await this.#world.kafka.write({ topic, key: null, value: Buffer.from(poison) })
    }
  }

  async #migrate(): Promise<void> {
    const body = { from: 1, to: 2, ...by, dryRun: false, limit: 1 }
    const answer = await this.#world.client.migrate('hear', body).catch(() => null)
    if (answer !== null) this.#note('migrate', answer)
  }

  async #startOver(saga: string, work: Work, options = {}): Promise<string> {
    const { client } = this.#world
    const asked = { ...options, key: work.name }
    const { status, body } = await client.startPatiently(saga, work, asked, patienceMs)
    const { id } = body
    if (typeof id !== 'string') throw new Error(`${status}: ${JSON.stringify(body)}`)
    this.names.set(work.name, saga)
    return id
  }

  #work(saga: string): Work {
    this.#count += 1
    const count = this.#count
    return {
      ...workOf(`${saga}-${count}`),
      refuses: count % 3 === 0,
      flaky: count % 4 === 0,
      lock: saga === 'fill' && count % 2 === 0 ? `shelf ${count % shelves}` : '',
    }
  }

  #note(asked: string, answer: Answer): void {
    const line = `${asked}: ${JSON.stringify(answer)}`
    if (answer.status >= 400) this.refused.push(line)
    if (answer.status >= 500 && answer.status !== later) this.broken.push(line)
  }

  /** Asks again, with the same key, while nobody answers. */
  async #patiently(ask: () => Promise<Answer>, sagaId: string): Promise<void> {
    const deadline = performance.now() + patienceMs
    for (;;) {
      const answer = await ask().catch(() => null)
      if (answer !== null && answer.status !== later) {
        this.#note(sagaId, answer)
        return
      }
      if (performance.now() > deadline) throw new Error(`not answered: ${JSON.stringify(answer)}`)
      await sleep(pauseMs / 4)
    }
  }
}

export const workOf = (name: string): Work => ({ name, refuses: false, flaky: false, lock: '' })
