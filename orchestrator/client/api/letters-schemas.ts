// What the answers of REST are made of. Made from the OpenAPI document by `npm test -- test/tidy -u`; changes are lost.

/** A record that could not be handled. */
export type DeadLetterSummary = {
  readonly id: string
  /** replaying: to be sent again, and not yet confirmed by Kafka. */
  readonly state: 'parked' | 'replaying' | 'replayed' | 'discarded'
  /** The consumer group that could not handle it. */
  readonly consumer: string
  readonly topic: string
  readonly partition: number
  readonly offset: string
  /** Null when there is none, or it is no text. */
  readonly key: string | null
  /** The header ce_id. */
  readonly messageId: string | null
  /** The header ce_type. */
  readonly type: string | null
  /** The header ce_sagaid. */
  readonly sagaId: string | null
  /** Of the error. */
  readonly code: string
  readonly reason: string
  readonly isEdited: boolean
  /** Its data may be sensitive: only its form is shown. */
  readonly isSensitive: boolean
  /** An ISO time. */
  readonly parkedAt: string
  /** Of its value; null when it has none. */
  readonly bytes: number | null
}

/** A record that could not be handled, whole. */
export type DeadLetter = {
  readonly id: string
  /** replaying: to be sent again, and not yet confirmed by Kafka. */
  readonly state: 'parked' | 'replaying' | 'replayed' | 'discarded'
  /** The consumer group that could not handle it. */
  readonly consumer: string
  readonly topic: string
  readonly partition: number
  readonly offset: string
  /** Null when there is none, or it is no text. */
  readonly key: string | null
  /** The header ce_id. */
  readonly messageId: string | null
  /** The header ce_type. */
  readonly type: string | null
  /** The header ce_sagaid. */
  readonly sagaId: string | null
  /** Of the error. */
  readonly code: string
  readonly reason: string
  readonly isEdited: boolean
  /** Its data may be sensitive: only its form is shown. */
  readonly isSensitive: boolean
  /** An ISO time. */
  readonly parkedAt: string
  /** Null when there is no key. */
  readonly keyBase64: string | null
  /** The time of the record itself. */
  readonly recordedAt: string
  readonly value: {
    readonly bytes: number
    /** Null where the data may be sensitive. */
    readonly base64: string | null
    /** Null where it is no text, or may be sensitive. */
    readonly text: string | null
    readonly isJson: boolean
    /** What is sensitive is masked. */
    readonly json: unknown
  } | null
  readonly headers: readonly {
    readonly name: string
    /** Null where it is no text. */
    readonly text: string | null
    readonly base64: string
  }[]
  /** What a replay sends instead, where it was changed. */
  readonly edited: {
    readonly value: {
      readonly bytes: number
      /** Null where the data may be sensitive. */
      readonly base64: string | null
      /** Null where it is no text, or may be sensitive. */
      readonly text: string | null
      readonly isJson: boolean
      /** What is sensitive is masked. */
      readonly json: unknown
    } | null
    readonly headers:
      | readonly {
          readonly name: string
          /** Null where it is no text. */
          readonly text: string | null
          readonly base64: string
        }[]
      | null
  } | null
  readonly changes: readonly {
    /** An ISO time. */
    readonly at: string
    /** What a person did; sent and refused: what Kafka said to a replay. */
    readonly action: 'edited' | 'replayed' | 'discarded' | 'sent' | 'refused'
    readonly actor: string
    readonly reason: string
  }[]
}
