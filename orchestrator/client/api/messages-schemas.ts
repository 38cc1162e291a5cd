// What the answers of REST are made of. Made from the OpenAPI document by `npm test -- test/tidy -u`; changes are lost.

/** Where else a saga is looked at. */
export type Links = {
  /** Of a trace: a URL with {traceId} or {sagaId} in it. Null where none was set. */
  readonly trace: string | null
  /** Of logs: a URL with {traceId} or {sagaId} in it. Null where none was set. */
  readonly logs: string | null
}

/** What is sensitive is masked. */
export type LogLine = {
  /** Its place among the lines of its saga. */
  readonly id: string
  readonly at: string
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly service: string
  /** The step that it is about. */
  readonly step: string | null
  /** Of its trace, where there is one. */
  readonly traceId: string | null
  /** What happened, as the name of an event. */
  readonly message: string
  readonly error: {
    readonly code?: string
    readonly message: string
  } | null
}

export type SagaMessage = {
  /** Of the history entry that it belongs to. */
  readonly seq: number
  readonly at: string
  /** Commands go out; the others come in. */
  readonly kind: 'start' | 'command' | 'reply' | 'signal'
  /** The command or signal; of a reply, what it answers. */
  readonly type: string
  readonly topic: string | null
  readonly step: string | null
  readonly visit: number | null
  readonly direction: 'do' | 'undo' | null
  readonly attempt: number | null
  readonly outcome: 'succeeded' | 'refused' | 'failed' | null
  /** Of a reply the id of the command that it answers. */
  readonly messageId: string | null
  /** Who sent the signal. */
  readonly actor: string | null
  /** The trace that it stood in; of a command known once it is answered. */
  readonly traceId: string | null
  /** What is sensitive is masked. */
  readonly data: unknown
}
