// What the kit needs of Kafka and SQL, and what it keeps of each record. Given in, so that tests can
// listen in and the command line opens the real ones.
import type { IncomingRecord, OutgoingRecord } from '../../messaging/bus.ts'
import type { Clock } from '../../messaging/clock.ts'

export type Wire = {
  /** The topic of the participant. */
  readonly commands: string
  readonly commandPartitions: number
  readonly replyPartitions: number
  readonly send: (records: readonly OutgoingRecord[]) => Promise<void>
  /** Told of every record that comes to the topic of replies from now on; answers how to end it. */
  readonly listen: (take: (record: IncomingRecord) => void) => () => void
  /** The rows that show the effect of a saga; null where the user gave no SQL. */
  readonly effectOf: ((sagaId: string) => Promise<unknown>) | null
  readonly clock: Clock
  /** The longest wait for one answer. */
  readonly waitMs: number
}

/** One record of a conversation, for the person who must see what went wrong. */
export type Spoken = {
  readonly way: 'sent' | 'received'
  /** Since the conversation began. */
  readonly atMs: number
  readonly topic: string
  readonly partition: number | null
  readonly offset: string | null
  readonly key: Buffer | null
  readonly headers: Readonly<Record<string, Buffer>>
  readonly value: Buffer | null
}
