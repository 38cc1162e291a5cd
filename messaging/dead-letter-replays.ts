// Sends dead letters again that a person wants replayed. Each such row is its own place in the
// outbox: its state says so since the commit of the person's word, and changes only once the broker
// has confirmed the record. Part of the relay of the outbox, which begins a round when there is any.
import type { OutgoingRecord } from './bus.ts'
import type { Clock } from './clock.ts'
import type { Db, Row } from './db.ts'
import { type HeaderPairs, headersFromJson, repeatedFromJson, toStorable } from './dead-letters.ts'
import { SagalineError } from './errors.ts'
import type { Log } from './log.ts'
import type { Publisher } from './publisher.ts'

/** Where a crash could matter, in the order in which a letter passes them. */
export const letterPoints = [
  'letters.after-claim-before-publish',
  'letters.after-publish-before-settle',
] as const

export type LetterPoint = (typeof letterPoints)[number]

export function isLetterPoint(point: string): point is LetterPoint {
  return (letterPoints as readonly string[]).includes(point)
}

export type LetterReplaysOptions = {
  readonly db: Db
  readonly publisher: Publisher
  readonly log: Log
  readonly clock: Clock
  readonly onPoint: (point: LetterPoint) => void | Promise<void>
}

/** Of one round, whose records are in memory: a few MB at the most. */
const lettersMax = 50

/** After so many the relay has to begin again. */
const roundsMax = 1_000

/** Whoever has not settled a letter by then may be dead; a repeat is harmless. */
const claimMs = 5_000

/**
 * What the broker has not confirmed by then is late: the next round begins without it, and takes no
 * other letter to its topic, which may be missing or without a leader.
 */
const roundMsMax = 1_000

/** Late letters, which are in memory; at the limit the publisher must first get rid of some. */
const lateMax = 500

/** Who changed a letter's state, beside persons. */
const relayName = 'the outbox relay'

export class LetterReplays {
  readonly #options: LetterReplaysOptions
  /** How many are late, by topic. */
  readonly #late = new Map<string, number>()
  #running: Promise<void> | null = null

  constructor(options: LetterReplaysOptions) {
    this.#options = options
  }

  /** Idle until then; it goes on while there are more. */
  begin(): void {
    this.#running ??= this.#replayAll()
      .catch((error: unknown) => this.#options.log.warn('letters.replay.failed', { error }))
      .finally(() => {
        this.#running = null
      })
  }

  /** Resolves when no round runs; what is late ends with the publisher, and is claimed again. */
  async done(): Promise<void> {
    await this.#running
  }

  async #replayAll(): Promise<void> {
    for (let round = 0; round < roundsMax; round += 1) {
      if (!(await this.#replayRound())) return
    }
  }

  /** True when there may be more: none that was claimed failed, and they were as many as may be. */
  async #replayRound(): Promise<boolean> {
    const { db, clock, onPoint } = this.#options
    const lateTopics = [...this.#late.keys()]
    const lateLetters = [...this.#late.values()].reduce((sum, count) => sum + count, 0)
    if (lateLetters >= lateMax) return false
    const { rows } = await db.query(claimReplays, [lettersMax, claimMs / 1_000, lateTopics])
    const claimed = rows.map(toClaimed).sort((one, other) => Number(one.id - other.id))
    if (claimed.length === 0) return false
    await onPoint('letters.after-claim-before-publish')
    const over = new AbortController()
    const ended: Ended[] = []
    const sending = claimed.map(async (one) => {
      const error = await this.#send(one)
      if (!over.signal.aborted) ended.push({ ...one, error })
      else await this.#endLate({ ...one, error })
    })
    void Promise.all(sending).then(() => over.abort())
    await clock.wait(roundMsMax, over.signal)
    over.abort()
    for (const one of claimed) if (!ended.some(({ id }) => id === one.id)) this.#countLate(one, 1)
    await this.#settle(ended)
    return claimed.length === lettersMax && ended.every(({ error }) => error === null)
  }

  #send({ record }: Claimed): Promise<unknown> {
    return this.#options.publisher.publishRecords([record]).then(
      () => null,
      (error: unknown) => error,
    )
  }

  /** Its round is over: what cannot be written down of it is found when it is claimed again. */
  async #endLate(one: Ended): Promise<void> {
    this.#countLate(one, -1)
    await this.#settle([one]).catch((error: unknown) =>
      this.#options.log.warn('letters.replay.failed', { error }),
    )
  }

  #countLate({ record: { topic } }: Claimed, change: 1 | -1): void {
    const count = (this.#late.get(topic) ?? 0) + change
    if (count > 0) this.#late.set(topic, count)
    else this.#late.delete(topic)
  }

  async #settle(ended: readonly Ended[]): Promise<void> {
    const { db, onPoint } = this.#options
    await onPoint('letters.after-publish-before-settle')
    const sent = ended.filter(({ error }) => error === null)
    const claims = [sent.map(({ id }) => String(id)), sent.map(({ claim }) => claim)]
    if (sent.length > 0) await db.query(settleReplays, [...claims, relayName])
    for (const one of ended) if (one.error !== null) await this.#giveBack(one)
  }

  /** What the broker will never take waits for a person again; anything else for the next round. */
  async #giveBack({ id, claim, error }: Ended): Promise<void> {
    const { db, log } = this.#options
    log.warn('letter.not-sent', { id: String(id), error })
    if (!(error instanceof SagalineError) || error.retryable) return
    const reason = toStorable(`${error.code}: ${error.message}`)
    await db.query(refuseReplay, [String(id), claim, relayName, reason])
  }
}

type Claimed = {
  readonly id: bigint
  /** Until when it is claimed. Another one's claim, or another word of a person, differs. */
  readonly claim: string
  readonly record: OutgoingRecord
}

/** Its error is null once the broker has it. */
type Ended = Claimed & { readonly error: unknown }

const claimReplays = {
  name: 'claim-replays',
  text: `
    update dead_letters set replay_due_at = clock_timestamp() + make_interval(secs => $2)
    where id = any(array(
      select id from dead_letters
      where state = 'replaying' and replay_due_at <= clock_timestamp()
        and topic <> all($3::text[])
      order by replay_due_at, id limit $1 for update skip locked))
    returning id, replay_due_at::text as claim, topic, key, coalesce(edited_value, value) as value,
      coalesce(edited_headers, headers) as headers`,
}

const settleReplays = {
  name: 'settle-replays',
  text: `
    with sent as (
      update dead_letters set state = 'replayed', replay_due_at = null
      from unnest($1::bigint[], $2::timestamptz[]) as claimed (letter_id, claim)
      where id = letter_id and replay_due_at = claim and state = 'replaying' returning id)
    insert into dead_letter_changes (letter_id, action, actor, reason)
    select id, 'sent', $3, 'the broker has it' from sent`,
}

const refuseReplay = {
  name: 'refuse-replay',
  text: `
    with refused as (
      update dead_letters set state = 'parked', replay_due_at = null
      where id = $1 and replay_due_at = $2::timestamptz and state = 'replaying' returning id)
    insert into dead_letter_changes (letter_id, action, actor, reason)
    select id, 'refused', $3, $4 from refused`,
}

function toClaimed(row: Row): Claimed {
  const pairs = row['headers'] as HeaderPairs
  return {
    id: BigInt(row['id'] as string),
    claim: row['claim'] as string,
    record: {
      topic: row['topic'] as string,
      key: row['key'] as Buffer | null,
      value: row['value'] as Buffer | null,
      headers: headersFromJson(pairs),
      ...repeatedFromJson(pairs),
    },
  }
}
