// One conversation with the participant, about one saga: commands sent, replies awaited and judged,
// the effect looked at. Made by the exchange; the checks speak through it.
import { isDeepStrictEqual } from 'node:util'
import type { IncomingRecord, OutgoingRecord } from '../../messaging/bus.ts'
import type { ReplyOutcome } from '../../messaging/message.ts'
import { partitionOf } from '../../messaging/partition.ts'
import { BreachedError } from './breached.ts'
import type { BreachName } from './breaches.ts'
import { type Command, idOf, toRecord } from './command-record.ts'
import { type FormProblem, type Reply, readReply } from './reply-form.ts'
import type { Sample } from './sample.ts'
import type { Spoken, Wire } from './wire.ts'

/** Between two looks at an effect that should be there. */
const lookAgainMs = 50
/** Of a command that was answered `failed`, which may be for this time only. */
const sendingsMax = 3
const sendAgainMs = 100
/** Between the numbers of those sendings, so that they are none of a check's own. */
const attemptsApart = 100

const stepName = 'certify'
const dayMs = 86_400_000

type Change = (record: OutgoingRecord) => OutgoingRecord

export class Talk {
  readonly sagaId: string
  readonly sample: Sample
  readonly #wire: Wire
  readonly #beganAtMs: number
  readonly #spoken: Spoken[] = []
  readonly #commands: Command[] = []
  readonly #replies: Reply[] = []
  /** Sendings that are no commands: their answers are compared with no others. */
  readonly #strange = new Set<Command>()
  /** By the id of the command. */
  readonly #changes = new Map<string, Change>()
  #problem: FormProblem | null = null
  #wake = Promise.withResolvers<void>()
  #expects: 'answers' | 'no success' | 'anything' = 'answers'
  #before: string | null = null
  #expected: { readonly effect: string; readonly breach: BreachName } | null = null

  constructor(wire: Wire, sample: Sample, sagaId: string) {
    this.#wire = wire
    this.sample = sample
    this.sagaId = sagaId
    this.#beganAtMs = wire.clock.monotonicMs()
  }

  get spoken(): readonly Spoken[] {
    return this.#spoken
  }

  get source(): string | null {
    return this.#replies[0]?.source ?? null
  }

  /** Looks at what is there before anything was sent. */
  async begin(): Promise<void> {
    this.#before = await this.effect()
  }

  /** The first sending of the do, as the orchestrator would send it now, and what is changed in it. */
  command(changes: Partial<Command> = {}): Command {
    const { clock } = this.#wire
    const issuedAt = clock.now()
    const hex = clock.newSecret().replaceAll('-', '')
    return {
      ...{ sample: this.sample, sagaId: this.sagaId, payload: this.sample.payload },
      ...{ direction: 'do', attempt: 1, step: stepName, visit: 1, issuedAt },
      deadline: new Date(issuedAt.getTime() + dayMs),
      traceparent: `00-${hex}-${hex.slice(0, 16)}-01`,
      ...changes,
    }
  }

  /** All at once, in this order; those for one saga share a partition. */
  async say(...commands: readonly Command[]): Promise<void> {
    this.#commands.push(...commands)
    const records = commands.map((command) => {
      const record = toRecord(command, this.#wire.commands)
      return this.#changes.get(idOf(command))?.(record) ?? record
    })
    await this.sendRecords(...records)
  }

  /** The first one has what no command of its id can have; the others are behind it. */
  async sayStrange(strange: Command, ...behind: readonly Command[]): Promise<void> {
    this.#strange.add(strange)
    await this.say(strange, ...behind)
  }

  /** The command as a record that was changed, and that must be understood all the same. */
  async sayAs(command: Command, change: Change): Promise<void> {
    this.#changes.set(idOf(command), change)
    await this.say(command)
  }

  async sendRecords(...records: readonly OutgoingRecord[]): Promise<void> {
    const partitions = this.#wire.commandPartitions
    for (const record of records) this.#note('sent', toSpoken(record, partitions))
    await this.#wire.send(records)
  }

  /** What is sent here is no command: whatever comes back, it may not be a success. */
  expectNoSuccess(): void {
    this.#expects = 'no success'
  }

  /** What is sent here need not be refused: it is only about what comes after it. */
  expectAnything(): void {
    this.#expects = 'anything'
  }

  take(record: IncomingRecord): void {
    this.#note('received', { ...record, offset: String(record.offset) })
    if (this.#expects !== 'answers') {
      if (this.#expects === 'no success') this.#takeSpoiled(record)
      return
    }
    const judging = { sagaId: this.sagaId, commands: this.#commands }
    const read = readReply(record, { ...judging, partitions: this.#wire.replyPartitions })
    if ('breach' in read) this.#problem ??= read
    else this.#replies.push(read)
    this.#wake.resolve()
    this.#wake = Promise.withResolvers<void>()
  }

  /** What this sending is answered with. @throws BreachedError */
  async answer(command: Command, breach: BreachName = 'unanswered'): Promise<Reply> {
    const { clock, waitMs } = this.#wire
    const deadline = clock.monotonicMs() + waitMs
    for (;;) {
      this.#mustBeWell()
      const found = this.#replies.find((reply) => isTo(reply, command))
      if (found !== undefined) return found
      const leftMs = deadline - clock.monotonicMs()
      if (leftMs <= 0) break
      const over = new AbortController()
      await Promise.race([this.#wake.promise, clock.wait(leftMs, over.signal)])
      over.abort()
    }
    const what = `${idOf(command)}, attempt ${command.attempt}`
    this.fail(breach, `${what}: no answer in ${waitMs / 1_000} s`)
  }

  /** What this sending has been answered with by now; null for nothing. */
  outcomeOf(command: Command): ReplyOutcome | null {
    return this.#replies.find((reply) => isTo(reply, command))?.outcome ?? null
  }

  /** What failed is sent again a few times. @throws BreachedError where the outcome is another. */
  async mustAnswer(command: Command, outcome: ReplyOutcome, breach: BreachName): Promise<Reply> {
    let reply = await this.answer(command)
    for (let sent = 1; sent < sendingsMax && reply.outcome === 'failed'; sent += 1) {
      if (outcome === 'failed') break
      await this.#wire.clock.wait(sendAgainMs)
      const again = { ...command, attempt: command.attempt + sent * attemptsApart }
      await this.say(again)
      reply = await this.answer(again)
    }
    if (reply.outcome === outcome) return reply
    this.fail(breach, `${idOf(command)} was answered ${reply.outcome}, not ${outcome}`)
  }

  /** Says it and sees it done, also by its effect. @throws BreachedError */
  async do(command: Command, breach: BreachName = 'example-not-done'): Promise<void> {
    await this.say(command)
    await this.mustBeDone(command, breach)
  }

  /** @throws BreachedError */
  async mustBeDone(command: Command, breach: BreachName = 'example-not-done'): Promise<void> {
    const { data } = await this.mustAnswer(command, 'succeeded', breach)
    const misfit = this.sample.replyProblem(data, `${idOf(command)}/reply`)
    if (misfit !== null) this.fail('reply-misfit', misfit)
    await this.#mustShow()
  }

  async effect(): Promise<string | null> {
    const { effectOf } = this.#wire
    return effectOf === null ? null : JSON.stringify(await effectOf(this.sagaId))
  }

  /** Nothing took effect, or there is no SQL. */
  async isAsBefore(): Promise<boolean> {
    return (await this.effect()) === this.#before
  }

  /** From now on the effect stays as it is. */
  async keep(breach: BreachName): Promise<void> {
    const effect = await this.effect()
    if (effect !== null) this.#expected = { effect, breach }
  }

  /** Until it is said otherwise, there is none. */
  keepNothing(breach: BreachName): void {
    if (this.#before !== null) this.#expected = { effect: this.#before, breach }
  }

  /** From now on the effect may be any. */
  keepNoMore(): void {
    this.#expected = null
  }

  /** @throws BreachedError where the effect is not what was to be kept. */
  async mustBeKept(): Promise<void> {
    const effect = await this.effect()
    const { effect: wanted, breach } = this.#expected ?? {}
    if (breach === undefined || effect === wanted) return
    this.fail(breach, `the SQL showed ${wanted} before, and now ${effect}`)
  }

  /** Once more at the end, when whatever was late is there. @throws BreachedError */
  async last(): Promise<void> {
    this.#mustBeWell()
    await this.mustBeKept()
  }

  fail(breach: BreachName, detail: string): never {
    throw new BreachedError(breach, detail, this.#spoken)
  }

  /** The effect must be there when the answer is. */
  async #mustShow(): Promise<void> {
    if (this.#before === null || (await this.effect()) !== this.#before) return
    const { clock, waitMs } = this.#wire
    for (let waited = 0; waited < waitMs; waited += lookAgainMs) {
      await clock.wait(lookAgainMs)
      if ((await this.effect()) !== this.#before) {
        this.fail('answered-before-commit', `the SQL showed it ${waited + lookAgainMs} ms later`)
      }
    }
    this.fail('no-effect', `the SQL shows ${this.#before}, as before`)
  }

  #mustBeWell(): void {
    if (this.#problem !== null) this.fail(this.#problem.breach, this.#problem.detail)
    const strange = [...this.#strange]
    const replies = this.#replies.filter((reply) => !strange.some((one) => isTo(reply, one)))
    for (const [index, reply] of replies.entries()) {
      // What failed for a technical reason may go better the next time.
      const isBefore = ({ commandId, outcome }: Reply) =>
        commandId === reply.commandId && outcome !== 'failed'
      const first = replies.slice(0, index).find(isBefore)
      if (first === undefined) continue
      if (first.outcome === reply.outcome && isDeepStrictEqual(first.data, reply.data)) continue
      const told = [first, reply].map(({ outcome, data }) => `${outcome} ${JSON.stringify(data)}`)
      this.fail('answer-changed', `${reply.commandId}: first ${told.join(', then ')}`)
    }
  }

  #takeSpoiled({ headers }: IncomingRecord): void {
    if (String(headers['ce_outcome']) !== 'succeeded') return
    this.#problem ??= { breach: 'malformed-done', detail: 'it was answered as succeeded' }
  }

  #note(way: Spoken['way'], record: Omit<Spoken, 'way' | 'atMs'>): void {
    const atMs = Math.round(this.#wire.clock.monotonicMs() - this.#beganAtMs)
    const { topic, partition, offset, key, headers, value } = record
    this.#spoken.push({ way, atMs, topic, partition, offset, key, headers, value })
  }
}

function isTo({ commandId, attempt }: Reply, command: Command): boolean {
  return commandId === idOf(command) && attempt === command.attempt
}

/** As it will lie in Kafka; where, only the broker knows. */
function toSpoken(record: OutgoingRecord, partitions: number): Omit<Spoken, 'way' | 'atMs'> {
  const bytes = (part: string | Buffer | null) =>
    part === null ? null : Buffer.isBuffer(part) ? part : Buffer.from(part)
  const headers = Object.entries(record.headers).map(
    ([name, value]) => [name, Buffer.from(value as string)] as const,
  )
  return {
    topic: record.topic,
    partition: partitionOf(record.key, partitions),
    offset: null,
    key: bytes(record.key),
    headers: Object.fromEntries(headers),
    value: bytes(record.value),
  }
}
