// Records traces with OpenTelemetry: its API is given in, or loaded where a setting asks for it, so
// that a team without tracing installs nothing. What becomes of the spans is for the SDK, which
// registers itself before this program begins (`node --import`). The only home of OpenTelemetry.
import type * as OpenTelemetry from '@opentelemetry/api'
import { messagingError } from './errors.ts'
import { readTraceparent, type Span, type SpanSpec, type Tracing } from './tracing.ts'

export type OpenTelemetryApi = Pick<
  typeof OpenTelemetry,
  'trace' | 'context' | 'ROOT_CONTEXT' | 'SpanKind' | 'SpanStatusCode' | 'isSpanContextValid'
>

/** Traces with the SDK that is registered. `api` is what `import('@opentelemetry/api')` gives. */
export function openTelemetryTracing(api: OpenTelemetryApi): Tracing {
  const tracer = api.trace.getTracer('sagaline')
  const spans = new WeakMap<Span, OpenTelemetry.Span>()
  return {
    begin: (spec) => {
      const real = tracer.startSpan(spec.name, optionsOf(api, spec), parentOf(api, spec))
      const span: Span = { traceparent: traceparentOf(api, real), end: ender(api, real) }
      spans.set(span, real)
      return span
    },
    within: (span, work) => {
      const real = spans.get(span)
      if (real === undefined) return work()
      return api.context.with(api.trace.setSpan(api.context.active(), real), work)
    },
    current: () => {
      const active = api.trace.getActiveSpan()
      return active === undefined ? null : traceparentOf(api, active)
    },
  }
}

/** @throws TRACING_UNREADY: the API is not installed, or no SDK is registered. */
export async function loadOpenTelemetry(): Promise<Tracing> {
  const api = await import('@opentelemetry/api').catch((error: unknown) => {
    throw messagingError('TRACING_UNREADY', { problem: '@opentelemetry/api is missing' }, error)
  })
  const tracing = openTelemetryTracing(api)
  // Never ended, so that it is never told.
  const probe = tracing.begin({ name: 'probe', kind: 'internal', attributes: {} })
  if (probe.traceparent !== null) return tracing
  throw messagingError('TRACING_UNREADY', { problem: 'no SDK of OpenTelemetry is registered' })
}

const kinds = {
  server: 'SERVER',
  producer: 'PRODUCER',
  consumer: 'CONSUMER',
  internal: 'INTERNAL',
} as const

function optionsOf(api: OpenTelemetryApi, spec: SpanSpec): OpenTelemetry.SpanOptions {
  const { kind, links = [], attributes, startedAt } = spec
  const contexts = [...new Set(links)].flatMap((link) => spanContextOf(link) ?? [])
  return {
    kind: api.SpanKind[kinds[kind]],
    attributes: { ...attributes },
    links: contexts.map((context) => ({ context })),
    ...(startedAt !== undefined && { startTime: startedAt }),
  }
}

function parentOf(api: OpenTelemetryApi, { parent }: SpanSpec): OpenTelemetry.Context {
  const context = spanContextOf(parent)
  return context === null ? api.ROOT_CONTEXT : api.trace.setSpanContext(api.ROOT_CONTEXT, context)
}

function spanContextOf(traceparent: string | null | undefined): OpenTelemetry.SpanContext | null {
  const parts = readTraceparent(traceparent)
  if (parts === null) return null
  const { traceId, spanId, flags: traceFlags } = parts
  return { traceId, spanId, traceFlags, isRemote: true }
}

function traceparentOf(api: OpenTelemetryApi, span: OpenTelemetry.Span): string | null {
  const context = span.spanContext()
  if (!api.isSpanContextValid(context)) return null
  const flags = context.traceFlags.toString(16).padStart(2, '0')
  return `00-${context.traceId}-${context.spanId}-${flags}`
}

function ender(api: OpenTelemetryApi, span: OpenTelemetry.Span): Span['end'] {
  let isEnded = false
  return (error) => {
    if (isEnded) return
    isEnded = true
    if (error !== undefined)
      span.setStatus({ code: api.SpanStatusCode.ERROR, message: codeOf(error) })
    span.end()
  }
}

/** Never the message: it may hold what nobody outside may see. */
function codeOf(error: unknown): string {
  if (typeof error === 'string') return error
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown }
  return String(code ?? name ?? 'failed')
}
