// The seam between Sagaline and whatever records traces. `open-telemetry.ts` is the real one; without
// one nothing is recorded, and no message carries a trace that Sagaline began.

export type SpanKind = 'server' | 'producer' | 'consumer' | 'internal'

export type SpanSpec = {
  readonly name: string
  readonly kind: SpanKind
  /** W3C `traceparent` of what it is a part of; without one it begins a trace of its own. */
  readonly parent?: string | null
  /** What led to it, in other traces. */
  readonly links?: readonly (string | null)[]
  readonly attributes: Readonly<Record<string, string | number>>
  /** In ms since the epoch; now when left out. */
  readonly startedAt?: number
}

export type Span = {
  /** For those that go on from here; null where nothing records. */
  readonly traceparent: string | null
  /** Idempotent. With an error it counts as failed. */
  end(error?: unknown): void
}

export type Tracing = {
  begin(spec: SpanSpec): Span
  /** What runs in `work`, also later, can know the span: other instrumentation, and the log. */
  within<T>(span: Span, work: () => T): T
  /** The `traceparent` of what runs now, or null. */
  current(): string | null
}

const form = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

export type TraceParts = {
  readonly traceId: string
  readonly spanId: string
  readonly flags: number
}

/** Null for what is no `traceparent` of version 00. */
export function readTraceparent(text: string | null | undefined): TraceParts | null {
  const [, traceId, spanId, flags] = form.exec(text ?? '') ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return null
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null
  return { traceId, spanId, flags: Number.parseInt(flags, 16) }
}
