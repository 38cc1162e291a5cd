// Sends dead letters again that a person wants replayed. Each such row is its own place in the
// outbox: its state says so since the commit of the person's word, and changes only once the broker
// has confirmed the record. Part of the relay of the outbox, which begins a round when there is any.
import type { OutgoingRecord } from './bus.ts'
import type { Clock } from './clock.ts'
import type { Db, Row } from './db.ts'
import { headersFromJson, toStorable } from './dead-letters.ts'
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

/** Who changed a letter's state, beside persons. */
const relayName = 'the outbox relay'

export class LetterReplays {
  readonly #options: LetterReplaysOptions
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

  /** Resolves when it sends nothing. */
  async done(): Promise<void> {
    await this.#running
  }

  async #replayAll(): Promise<void> {
    for (let round = 0; round < roundsMax; round += 1) {
      if (!(await this.#replayRound())) return
    }
  }

  /** True when there may be more: all that were claimed are sent, and they were as many as may be. */
  async #replayRound(): Promise<boolean> {
    const { db, publisher, onPoint } = this.#options
    const { rows } = await db.query(claimReplays, [lettersMax, claimMs / 1_000])
    const claimed = rows.map(toClaimed).sort((one, other) => Number(one.id - other.id))
    await onPoint('letters.after-claim-before-publish')
    const sent = await Promise.all(
      claimed.map(async ({ id, record }) => {
        const error = await publisher.publishRecords([record]).then(() => null, asIs)
        return { id, error }
      }),
    )
    await onPoint('letters.after-publish-before-settle')
    const ids = sent.flatMap(({ id, error }) => (error === null ? [String(id)] : []))
    if (ids.length > 0) await db.query(settleReplays, [ids, relayName])
    for (const { id, error } of sent) if (error !== null) await this.#giveBack(id, error)
    return ids.length === lettersMax
  }

  /** What the broker will never take waits for a person again; anything else for the next round. */
  async #giveBack(id: bigint, error: unknown): Promise<void> {
    const { db, log } = this.#options
    log.warn('letter.not-sent', { id: String(id), error })
    if (!(error instanceof SagalineError) || error.retryable) return
    const reason = toStorable(`${error.code}: ${error.message}`)
    await db.query(refuseReplay, [String(id), relayName, reason])
  }
}

const asIs = (error: unknown): unknown => error

type Claimed = { readonly id: bigint; readonly record: OutgoingRecord }

const claimReplays = {
  name: 'claim-replays',
  text: `
    update dead_letters set replay_due_at = clock_timestamp() + make_interval(secs => $2)
    where id = any(array(
      select id from dead_letters
      where state = 'replaying' and replay_due_at <= clock_timestamp()
      order by id limit $1 for update skip locked))
    returning id, topic, key, coalesce(edited_value, value) as value,
      coalesce(edited_headers, headers) as headers`,
}

const settleReplays = {
  name: 'settle-replays',
  text: `
    with sent as (
      update dead_letters set state = 'replayed', replay_due_at = null
      where id = any($1::bigint[]) and state = 'replaying' returning id)
    insert into dead_letter_changes (letter_id, action, actor, reason)
    select id, 'sent', $2, 'the broker has it' from sent`,
}

const refuseReplay = {
  name: 'refuse-replay',
  text: `
    with refused as (
      update dead_letters set state = 'parked', replay_due_at = null
      where id = $1 and state = 'replaying' returning id)
    insert into dead_letter_changes (letter_id, action, actor, reason)
    select id, 'refused', $2, $3 from refused`,
}

function toClaimed(row: Row): Claimed {
  return {
    id: BigInt(row['id'] as string),
    record: {
      topic: row['topic'] as string,
      key: row['key'] as Buffer | null,
      value: row['value'] as Buffer | null,
      headers: headersFromJson(row['headers'] as readonly (readonly [string, string])[]),
    },
  }
}
