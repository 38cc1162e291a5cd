// Traces of a saga that runs over real Kafka and Postgres, as the SDK of OpenTelemetry exports them:
// each step is a short trace of its own, and links lead to the start and to what came before.
import * as api from '@opentelemetry/api'
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLog } from '../../messaging/log.ts'
import { loadOpenTelemetry, openTelemetryTracing } from '../../messaging/open-telemetry.ts'
import type { SagaMessage } from '../../orchestrator/store/saga-messages.ts'
import { EngineWorld, type RunningOrchestrator } from '../orchestrator/engine-world.ts'
import { shipParcel } from '../orchestrator/parcels.ts'
import { awaitUntil } from '../system/await-until.ts'

const exporter = new InMemorySpanExporter()
const spanProcessors = [new SimpleSpanProcessor(exporter)]
const provider = new NodeTracerProvider({ spanProcessors })
const lines: Record<string, unknown>[] = []
const definitions = [shipParcel({ takeShelf: { attempts: 2, firstDelayMs: 20 } })]
const caller = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) }

let world: EngineWorld
let orchestrator: RunningOrchestrator
let sagaId = ''

beforeAll(async () => {
  await expect(loadOpenTelemetry()).rejects.toMatchObject({ code: 'TRACING_UNREADY' })
  provider.register()
  const tracing = await loadOpenTelemetry()
  const write = (line: string) => void lines.push(JSON.parse(line))
  const log = createLog({ name: 'parcels', level: 'warn', tracing, write })
  world = await EngineWorld.start(definitions)
  orchestrator = await world.startOrchestrator({ definitions, tracing })
  await world.startParcels({ attempts: 1, tracing, log })
  world.parcels.breakDown('parcels.take-shelf', 'throws')
  const traceparent = `00-${caller.traceId}-${caller.spanId}-01`
  const answer = await fetch(`${orchestrator.url}/sagas/ship-parcel`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent },
    body: '{"parcel":"a book"}',
  })
  sagaId = ((await answer.json()) as { readonly id: string }).id
  await awaitUntil('the first try failed', () => lines.length > 0)
  world.parcels.mend('parcels.take-shelf')
  await awaitUntil('the saga has ended, and its spans', async () => {
    const { status } = await orchestrator.client.saga(sagaId)
    return status === 'completed' && spansOf('advance saga').length === 4
  })
})
afterAll(async () => {
  await world.stop()
  await provider.shutdown()
  api.trace.disable()
  api.context.disable()
})

function spansOf(name: string): readonly ReadableSpan[] {
  return exporter
    .getFinishedSpans()
    .filter((span) => span.name === name && span.attributes['sagaline.saga.id'] === sagaId)
}

function spanOf(name: string, attempt = 1): ReadableSpan {
  const spans = spansOf(name).filter(
    ({ attributes }) => (attributes['sagaline.attempt'] ?? attempt) === attempt,
  )
  expect(spans, name).toHaveLength(1)
  return spans[0] as ReadableSpan
}

const traceIdOf = (span: ReadableSpan) => span.spanContext().traceId
const idOf = (span: ReadableSpan) => span.spanContext().spanId
const linkedIds = ({ links }: ReadableSpan) => links.map(({ context }) => context.spanId)
const partsOf = (parent: ReadableSpan) =>
  exporter.getFinishedSpans().filter((span) => span.parentSpanContext?.spanId === idOf(parent))

describe('a traced saga', () => {
  it('is started in the trace of its caller', () => {
    const [request] = exporter.getFinishedSpans().filter(({ name }) => name === 'POST /sagas/:saga')
    const start = spanOf('start ship-parcel')
    expect(request).toMatchObject({ kind: api.SpanKind.SERVER, parentSpanContext: caller })
    expect(traceIdOf(start)).toBe(caller.traceId)
    expect(start.parentSpanContext?.spanId).toBe(request && idOf(request))
  })

  it('has a trace for each sending: send, handle with its parts, advance', () => {
    const names = ['parcels.take-shelf', 'parcels.load-van', 'parcels.announce']
    const traceIds = names.map((name) => {
      const attempt = name === 'parcels.take-shelf' ? 2 : 1
      const send = spanOf(`send ${name}`, attempt)
      const handle = spanOf(`handle ${name}`, attempt)
      expect(send.parentSpanContext).toBeUndefined()
      expect(handle.parentSpanContext?.spanId).toBe(idOf(send))
      const parts = partsOf(handle).map((part) => part.name)
      expect(parts.toSorted()).toEqual(['advance saga', 'publish', 'transaction'])
      const all = exporter.getFinishedSpans().filter((one) => traceIdOf(one) === traceIdOf(send))
      expect(all).toHaveLength(5)
      return traceIdOf(send)
    })
    expect(new Set([...traceIds, caller.traceId]).size).toBe(4)
  })

  it('links each sending to the start of the saga and to what came before it', () => {
    const start = idOf(spanOf('start ship-parcel'))
    const [first, again] = [
      spanOf('handle parcels.take-shelf'),
      spanOf('handle parcels.take-shelf', 2),
    ]
    expect(linkedIds(spanOf('send parcels.take-shelf'))).toEqual([start])
    expect(linkedIds(spanOf('send parcels.take-shelf', 2))).toEqual([start, idOf(first)])
    expect(linkedIds(spanOf('send parcels.load-van'))).toEqual([start, idOf(again)])
  })

  it('says what the span is of, and nothing that the payload holds', () => {
    expect(spanOf('send parcels.load-van').attributes).toMatchObject({
      'messaging.destination.name': 'parcels.commands',
      'sagaline.saga.id': sagaId,
      'sagaline.step': 'loadVan',
      'sagaline.direction': 'do',
      'sagaline.visit': 1,
    })
    const texts = exporter
      .getFinishedSpans()
      .map(({ name, attributes, status }) => JSON.stringify([name, attributes, status]))
    expect(texts.filter((text) => text.includes('a book'))).toEqual([])
  })

  it('tells with each of its messages in which trace it stood', async () => {
    const { body } = await orchestrator.client.get(`/sagas/${sagaId}/messages`)
    const items = body['items'] as readonly SagaMessage[]
    const told = items.map(({ kind, type, traceId }) => [kind, type, traceId])
    const [first, again] = [1, 2].map((attempt) => spanOf('send parcels.take-shelf', attempt))
    expect(told.slice(0, 5)).toEqual([
      ['start', 'ship-parcel', caller.traceId],
      ['command', 'parcels.take-shelf', first && traceIdOf(first)],
      ['reply', 'parcels.take-shelf', first && traceIdOf(first)],
      ['command', 'parcels.take-shelf', again && traceIdOf(again)],
      ['reply', 'parcels.take-shelf', again && traceIdOf(again)],
    ])
  })

  it('has the trace in the log, with saga and step', () => {
    const { traceId, sagaId: logged, step } = lines[0] ?? {}
    expect([logged, step]).toEqual([sagaId, 'takeShelf'])
    expect(traceId).toBe(traceIdOf(spanOf('send parcels.take-shelf')))
  })
})

describe('tracing', () => {
  it('is known to whatever runs in a handler, and to its log', () => {
    const tracing = openTelemetryTracing(api)
    const written: string[] = []
    const write = (line: string) => void written.push(line)
    const log = createLog({ name: 'any', level: 'info', tracing, write })
    const span = tracing.begin({ name: 'any', kind: 'internal', attributes: {} })
    tracing.within(span, () => {
      expect(tracing.current()).toBe(span.traceparent)
      log.info('within')
    })
    log.info('outside')
    const [within, outside] = written.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(span.traceparent).toContain(within?.['traceId'])
    expect(outside).not.toHaveProperty('traceId')
  })

  it('leaves to the caller whether it is recorded', () => {
    const tracing = openTelemetryTracing(api)
    const parent = `00-${caller.traceId}-${caller.spanId}-00`
    const span = tracing.begin({ name: 'unsampled', kind: 'server', parent, attributes: {} })
    span.end()
    expect(span.traceparent).toMatch(/-00$/)
    expect(exporter.getFinishedSpans().some(({ name }) => name === 'unsampled')).toBe(false)
  })

  it('takes what is no traceparent for none', () => {
    const tracing = openTelemetryTracing(api)
    for (const parent of ['', 'x', `00-${'0'.repeat(32)}-${caller.spanId}-01`, 'ff-a-b-c']) {
      const span = tracing.begin({ name: 'any', kind: 'server', parent, attributes: {} })
      expect(span.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
    }
  })
})
