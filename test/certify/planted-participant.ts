// A small participant of its own making, without the kit, that keeps the protocol, or breaks it in
// one way that its topic names. Its fence is in memory, its effects are rows.
import { createHash } from 'node:crypto'
import type { Bus, IncomingRecord, OutgoingRecord } from '../../messaging/bus.ts'
import { realClock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import { decodeMessage, encodeMessage } from '../../messaging/envelope.ts'
import type { Message, MessageId } from '../../messaging/message.ts'

/** Each bug, and the breach that the kit must name. */
export const plantedBugs = {
  'no-fence': 'done-twice',
  'blind-in-batch': 'done-twice',
  'redoes-in-batch': 'done-after-undo',
  'drops-repeats': 'repeat-unanswered',
  'changes-answer': 'answer-changed',
  'forgets-early-undo': 'undo-forgotten',
  'refuses-early-undo': 'early-undo-refused',
  'does-after-undo': 'done-after-undo',
  'undoes-twice': 'undone-twice',
  'undoes-nothing': 'not-undone',
  'takes-other-body': 'other-body-answered',
  'minds-key-order': 'key-order-counted',
  'mixes-visits': 'visits-mixed',
  'obeys-deadline': 'deadline-obeyed',
  'guesses-old-undo': 'old-undo-guessed',
  'takes-misfits': 'malformed-done',
  'stops-at-malformed': 'partition-blocked',
  'answers-early': 'answered-before-commit',
  'wrong-causation': 'causation-wrong',
  'wrong-key': 'key-wrong',
  'wrong-type': 'header-wrong',
  'drops-time': 'header-missing',
} as const

/** What the protocol allows. */
export const legalWays = ['none', 'fails-first'] as const

export type PlantedBug = keyof typeof plantedBugs
export type LegalWay = (typeof legalWays)[number]

export const topicOf = (way: PlantedBug | LegalWay) => `${way}.commands`

export const effectsTable = `create table effects (
  saga_id uuid primary key, done integer not null, undone integer not null default 0)`

type Answer = { readonly outcome: 'succeeded' | 'refused' | 'failed'; readonly data: unknown }
type Fence = {
  do?: { readonly body: string; readonly answer: Answer }
  undo?: { readonly body: string; readonly answer: Answer }
}

const names = ['planted.do', 'planted.undo']
const dayMs = 86_400_000
/** Longer than the kit's look right after the answer takes. */
const earlyMs = 2_000

export class PlantedParticipant {
  readonly #bus: Bus
  readonly #db: Db
  readonly #fences = new Map<string, Fence>()
  /** Of commands that were answered failed, to be carried out when they come again. */
  readonly #failed = new Set<string>()
  readonly #late: Promise<unknown>[] = []

  constructor(bus: Bus, db: Db) {
    this.#bus = bus
    this.#db = db
  }

  /** Topics side by side: each is a participant of its own. */
  async handle(records: readonly IncomingRecord[]): Promise<{ settled: Promise<void> }> {
    const byTopic = Map.groupBy(records, ({ topic }) => topic)
    await Promise.all([...byTopic.values()].map((some) => this.#handleTopic(some)))
    return { settled: Promise.resolve() }
  }

  async #handleTopic(records: readonly IncomingRecord[]): Promise<void> {
    const replies: OutgoingRecord[] = []
    const inBatch = new Set<MessageId>()
    for (const record of records) {
      const bug = record.topic.replace('.commands', '')
      const message = readCommand(record, bug)
      if (message !== null) replies.push(...(await this.#answer(message, bug, inBatch)))
      else if (bug === 'stops-at-malformed') throw new Error('stopped, as planted')
    }
    await this.#bus.publish(replies)
  }

  async idle(): Promise<void> {
    await Promise.allSettled(this.#late)
  }

  async #answer(
    command: Message,
    bug: string,
    inBatch: Set<MessageId>,
  ): Promise<readonly OutgoingRecord[]> {
    const { sagaId, step, visit, direction = 'do' } = command
    const key = [command.topic, sagaId, step, bug === 'mixes-visits' ? '' : visit].join()
    const fence = this.#fences.get(key) ?? {}
    this.#fences.set(key, fence)
    const body = bodyOf(command.data, bug)
    const known = fence[direction]
    if (known !== undefined && bug !== 'takes-other-body' && known.body !== body) return []
    if (known !== undefined && bug === 'drops-repeats') return []
    const isRedone = inBatch.has(command.id) && known?.answer.outcome === 'succeeded'
    inBatch.add(command.id)
    const isAgain =
      (bug === 'blind-in-batch' && direction === 'do' && isRedone) ||
      (bug === 'redoes-in-batch' && direction === 'do' && isRedone && fence.undo !== undefined) ||
      (bug === 'no-fence' && direction === 'do') ||
      (bug === 'undoes-twice' && direction === 'undo') ||
      (bug === 'does-after-undo' && direction === 'do' && fence.undo !== undefined)
    if (known !== undefined && !isAgain) {
      const isOther = bug === 'changes-answer' && direction === 'do'
      return [replyTo(command, isOther ? { ...known.answer, data: 'again' } : known.answer, bug)]
    }
    const answer = await this.#carryOut(command, fence, bug)
    if (answer.outcome !== 'failed') fence[direction] = { body, answer }
    return [replyTo(command, answer, bug)]
  }

  async #carryOut(command: Message, fence: Fence, bug: string): Promise<Answer> {
    const { sagaId, direction, issuedAt = realClock.now(), deadline } = command
    if (bug === 'fails-first' && !this.#failed.has(command.id)) {
      this.#failed.add(command.id)
      return failed
    }
    const isOld = realClock.now().getTime() - issuedAt.getTime() > 30 * dayMs
    if (isOld && !(bug === 'guesses-old-undo' && direction === 'undo')) return failed
    if (bug === 'obeys-deadline' && deadline && deadline < realClock.now()) return failed
    if (direction === 'undo') {
      if (fence.do === undefined) {
        return { outcome: bug === 'refuses-early-undo' ? 'refused' : 'succeeded', data: null }
      }
      const sql = 'update effects set undone = undone + 1 where saga_id = $1'
      if (bug !== 'undoes-nothing') await this.#db.query(sql, [sagaId])
      return { outcome: 'succeeded', data: null }
    }
    if (fence.undo !== undefined && fence.do === undefined && bug !== 'forgets-early-undo') {
      return { outcome: 'refused', data: { code: 'UNDONE_BEFORE_DONE', message: 'too late' } }
    }
    const sql = `insert into effects (saga_id, done) values ($1, 1)
      on conflict (saga_id) do update set done = effects.done + 1`
    const written = () => this.#db.query(sql, [sagaId])
    if (bug === 'answers-early') this.#late.push(realClock.wait(earlyMs).then(written))
    else await written()
    return { outcome: 'succeeded', data: { id: sagaId } }
  }
}

const failed: Answer = { outcome: 'failed', data: { code: 'NOT_NOW', message: 'not now' } }

function readCommand(record: IncomingRecord, bug: string): Message | null {
  const message = decodeMessage(record)
  if ('problem' in message || !names.includes(message.type)) return null
  const { sagaId, step, visit, direction, replyTo, type, data } = message
  if (!sagaId || !step || !visit || replyTo !== 'sagaline.replies') return null
  if (type !== (direction === 'do' ? 'planted.do' : 'planted.undo')) return null
  const isFit = typeof (data as { readonly amount?: unknown } | null)?.amount === 'number'
  return isFit || bug === 'takes-misfits' ? message : null
}

function bodyOf(data: unknown, bug: string): string {
  const entries = Object.entries(data as object)
  const sorted = bug === 'minds-key-order' ? entries : entries.toSorted()
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex')
}

function replyTo(command: Message, { outcome, data }: Answer, bug: string): OutgoingRecord {
  const { id, type, sagaId, step, visit, direction, attempt, traceparent } = command
  const reply = encodeMessage({
    ...({ sagaId, step, visit, direction, attempt, traceparent } as Partial<Message>),
    ...{ outcome, data, topic: 'sagaline.replies', source: 'planted', time: realClock.now() },
    id: `${id}/reply` as MessageId,
    type: bug === 'wrong-type' ? type : `${type}.${outcome}`,
    key: bug === 'wrong-key' ? `${sagaId}/planted` : String(sagaId),
    causationId: (bug === 'wrong-causation' ? `${id}/reply` : id) as MessageId,
  })
  const { ce_time: _, ...headers } = reply.headers
  return bug === 'drops-time' ? { ...reply, headers } : reply
}
