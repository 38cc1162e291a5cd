// The seam between Sagaline and a Kafka client: a few verbs. `messaging/kafka` is the real one,
// `testing/memory-bus.ts` the one for tests; both pass `test/conformance/bus-suite.ts`.

/** A record as it is sent. Messages are made of texts; what comes from elsewhere may be any bytes. */
export type OutgoingRecord = {
  readonly topic: string
  readonly key: string | Buffer | null
  readonly value: string | Buffer | null
  readonly headers: Readonly<Record<string, string | Buffer>>
  readonly repeated?: RepeatedHeaders
}

/**
 * Of headers that come more than once, which only strangers write: all values, in their order.
 * `headers` has the last one. Nobody has to look here but whoever sends the record again.
 */
export type RepeatedHeaders = Readonly<Record<string, readonly Buffer[]>>

export type IncomingRecord = {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, Buffer>>
  readonly repeated?: RepeatedHeaders
  readonly timestamp: Date
}

export type TopicSpec = {
  readonly name: string
  readonly partitions: number
  readonly replicationFactor: number
  /** Topic settings beside those that every Sagaline topic gets. */
  readonly settings?: Readonly<Record<string, string>>
}

/**
 * What a handler answers: it may take its next batch now, and `settled` resolves once everything
 * that came of this one is durable, so that its offsets may be marked.
 */
export type Handled = {
  readonly settled: Promise<void>
  /**
   * True: some of it waits for what may take long (another try, somebody outside), and must not
   * keep the others. Of such batches many may be unsettled, of others only a few.
   */
  readonly isLate?: boolean
  /**
   * True: the handler needs the records no more, which are let go; `settled` may reject only when the
   * subscription is being stopped.
   */
  readonly isTaken?: boolean
}

export type SubscribeOptions = {
  readonly groupId: string
  readonly topics: readonly string[]
  /** The largest batch given to `handle`. */
  readonly batchRecordsMax: number
  /**
   * True: nobody waits for it, so records may come a fraction of a second later, more at once, and many
   * of its batches may be unsettled.
   */
  readonly isPatient?: boolean
  /**
   * Called with one batch at a time, gathered from all partitions while the last one was handled;
   * within a partition in offset order. When it, or `settled`, rejects, the same records come
   * again after a growing pause (capped), for as long as the subscription lives: so only
   * trouble that passes may reject, and a record that can never be handled must be parked.
   */
  readonly handle: (records: readonly IncomingRecord[]) => Promise<Handled>
}

export type Subscription = {
  /** Resolves when no handler runs any more, settled work is marked and the group is left. */
  stop(): Promise<void>
  /** Why records are not being taken at the moment, or null when all is well. */
  problem(): string | null
  /**
   * Whether records of its topics with this key come to this process; false while that is not known.
   * Missing where nobody chooses keys by it.
   */
  readonly takes?: (key: string) => boolean
}

export type PublishingOptions = {
  /** True: whatever is wrong with the topics of these records holds up no other call. */
  readonly isApart?: boolean
}

/** Offsets of a partition: of its oldest record, and the one that the next record gets. */
export type Edge = { readonly low: number; readonly high: number }

export type TopicEdges = Readonly<Record<string, readonly Edge[]>>

export type Bus = {
  start(): Promise<void>
  /** Idempotent; resolves when nothing of it runs any more. */
  stop(): Promise<void>
  /** Creates what is missing; never changes a topic that exists. */
  ensureTopics(topics: readonly TopicSpec[]): Promise<void>
  /**
   * Resolves once the broker has confirmed every record (each partition checked). Rejects when
   * that is not known within the publish deadline; the records may still appear then. Calls go
   * one after the other, in their order; those apart wait for each other only.
   */
  publish(records: readonly OutgoingRecord[], options?: PublishingOptions): Promise<void>
  /** Records reach the handler at least once, also those published before the first join. */
  subscribe(options: SubscribeOptions): Promise<Subscription>
  /** Why the broker cannot be used at the moment, or null when it answers. */
  problem(): Promise<string | null>
  /**
   * By topic: the records that the group has not marked as done, of all its members together. Marks
   * are a second old at the most. @throws TOPIC_MISSING, BROKER_UNREACHABLE.
   */
  lag(groupId: string, topics: readonly string[]): Promise<Readonly<Record<string, number>>>
  /** By topic: what its partitions hold, by their numbers. @throws as `lag`. */
  edges(topics: readonly string[]): Promise<TopicEdges>
}
