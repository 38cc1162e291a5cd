// Traces of sagas that run over real Kafka and Postgres, as the SDK of OpenTelemetry exports them, in
// memory and over HTTP to a collector:
// each step is a short trace of its own, and links lead to the start and to what came before.
import * as api from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
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
import { holdParcel } from '../orchestrator/hold-parcel.ts'
import { shipParcel } from '../orchestrator/parcels.ts'
import { awaitUntil } from '../system/await-until.ts'
import { startCollector } from './collector.ts'

const collector = await startCollector()
const exporter = new InMemorySpanExporter()
const exporters = [exporter, new OTLPTraceExporter({ url: collector.url })]
const spanProcessors = exporters.map((one) => new SimpleSpanProcessor(one))
const provider = new NodeTracerProvider({ spanProcessors })
type Line = Readonly<Record<string, unknown>>
const lines: Line[] = []
const orchestratorLines: Line[] = []
const definitions = [shipParcel({ takeShelf: { attempts: 2, firstDelayMs: 20 } }), holdParcel]
const caller = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) }

let world: EngineWorld
let orchestrator: RunningOrchestrator
let sagaId = ''
let heldId = ''

beforeAll(async () => {
  await expect(loadOpenTelemetry()).rejects.toMatchObject({ code: 'TRACING_UNREADY' })
  provider.register()
  const tracing = await loadOpenTelemetry()
  const logTo = (kept: Line[]) =>
    createLog({ name: 'any', level: 'warn', tracing, write: (line) => kept.push(JSON.parse(line)) })
  const log = logTo(lines)
  world = await EngineWorld.start(definitions)
  orchestrator = await world.startOrchestrator({
    definitions,
    tracing,
    log: logTo(orchestratorLines),
  })
  await world.startParcels({ attempts: 1, tracing, log })
  world.parcels.breakDown('parcels.take-shelf', 'throws')
  sagaId = await ask('/sagas/ship-parcel', { parcel: 'a book' })
  await awaitUntil('the first try failed', () => lines.length > 0)
  world.parcels.mend('parcels.take-shelf')
  await awaitUntil('the saga has ended, and its spans', async () => {
    const { status } = await orchestrator.client.saga(sagaId)
    return status === 'completed' && spansOf('advance saga').length === 4
  })
  heldId = await ask('/sagas/hold-parcel', { parcel: 'a lamp' })
  await awaitUntil('it is held', async () => {
    return (await orchestrator.client.saga(heldId))['state'] === 'held'
  })
  const by = { actor: 'ann', reason: 'why' }
  for (const verb of ['pause', 'resume']) await ask(`/sagas/${heldId}/${verb}`, by)
  await ask(`/sagas/${heldId}/signals/collect`, { data: { by: 'bob' } })
  await awaitUntil('it is collected', async () => {
    return (await orchestrator.client.saga(heldId)).status === 'completed'
  })
})

/** In the trace of a caller. Answers the id of the saga. */
async function ask(path: string, body: object): Promise<string> {
  const traceparent = `00-${caller.traceId}-${caller.spanId}-01`
  const response = await fetch(`${orchestrator.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent },
    body: JSON.stringify(body),
  })
  return ((await response.json()) as { readonly id: string }).id
}

afterAll(async () => {
  await world.stop()
  await provider.shutdown()
  await collector.stop()
  api.trace.disable()
  api.context.disable()
})

function spansOf(name: string, id = sagaId): readonly ReadableSpan[] {
  return exporter
    .getFinishedSpans()
    .filter((span) => span.name === name && span.attributes['sagaline.saga.id'] === id)
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

it('a record that is set aside has the trace that it came with in the log', async () => {
  const traceparent = `00-${caller.traceId}-${caller.spanId}-01`
  await world.kafka.write({
    topic: 'sagaline.replies',
    key: null,
    value: Buffer.from('poison'),
    headers: { traceparent },
  })
  const line = await awaitUntil('it is set aside', () =>
    orchestratorLines.find(({ msg }) => msg === 'record.parked'),
  )
  expect(line).toMatchObject(caller)
})

describe('what a traced saga is told', () => {
  const requestOf = (route: string) => {
    const [span] = exporter.getFinishedSpans().filter(({ name }) => name === route)
    return span as ReadableSpan
  }
  const routes = ['pause', 'resume', 'signals/:signal'].map((end) => `POST /sagas/:saga/${end}`)

  it.each(routes)('%s is in the trace of its request, and linked to its saga', (route) => {
    const [start] = spansOf('start hold-parcel', heldId)
    const request = requestOf(route)
    const [advance, ...others] = partsOf(request)
    expect(others).toEqual([])
    expect(traceIdOf(request)).toBe(caller.traceId)
    expect(advance).toMatchObject({ name: 'advance saga' })
    expect(advance?.attributes['sagaline.saga.id']).toBe(heldId)
    expect(advance && linkedIds(advance)).toEqual([start && idOf(start)])
  })

  it('what follows from it is linked to the request', () => {
    const [start] = spansOf('start hold-parcel', heldId)
    const [send] = spansOf('send parcels.announce', heldId)
    const signal = requestOf('POST /sagas/:saga/signals/:signal')
    expect(send && linkedIds(send)).toEqual([start && idOf(start), idOf(signal)])
  })
})

describe('a collector', () => {
  it('gets every span over HTTP, with parents, links, times and attributes as they were', async () => {
    await provider.forceFlush()
    const kept = exporter.getFinishedSpans()
    expect(kept.length).toBeGreaterThan(25)
    const collected = new Map(collector.spans.map((span) => [span.spanId, span]))
    expect(collected.size).toBe(kept.length)
    for (const span of kept) {
      const { name, kind, parentSpanContext: parent } = span
      const one = collected.get(idOf(span))
      expect(one).toMatchObject({ traceId: traceIdOf(span), name, kind: kind + 1 })
      expect(one?.parentSpanId).toBe(parent?.spanId)
      expect(one?.links.map(({ spanId }) => spanId)).toEqual(linkedIds(span))
      expect(BigInt(one?.endTimeUnixNano ?? 0) >= BigInt(one?.startTimeUnixNano ?? 1)).toBe(true)
      const id = one?.attributes.find(({ key }) => key === 'sagaline.saga.id')?.value.stringValue
      expect(id).toBe(span.attributes['sagaline.saga.id'])
    }
  })

  it('can follow a saga from any step to its start, through links and parents alone', () => {
    const spans = new Map(collector.spans.map((span) => [span.spanId, span]))
    const start = collector.spans.find(({ name }) => name === 'start ship-parcel')
    for (const span of collector.spans.filter(({ name }) => name.startsWith('handle parcels.'))) {
      const send = spans.get(span.parentSpanId ?? '')
      const ids = send?.links.map(({ spanId }) => spanId) ?? []
      const isOfHeld = send?.attributes.some(({ value }) => value.stringValue === heldId)
      if (isOfHeld === false) expect(ids[0]).toBe(start?.spanId)
      expect(spans.get(ids[0] ?? '')?.name).toMatch(/^start (ship|hold)-parcel$/)
    }
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
