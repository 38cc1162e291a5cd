/** An edge without a database or Kafka: sagas in a map, and every answer can be replaced. */
import { Type } from 'typebox'
import { realClock } from '../../messaging/clock.ts'
import { defineCommand } from '../../messaging/contract.ts'
import type { LetterDesk } from '../../messaging/dead-letter-desk.ts'
import type { FoundLetter, LetterSummary } from '../../messaging/dead-letter-store.ts'
import { messagingError } from '../../messaging/errors.ts'
import { silentLog } from '../../messaging/log.ts'
import type { SagaId } from '../../messaging/message.ts'
import { createMetrics } from '../../messaging/metrics.ts'
import type { BulkProgress } from '../../orchestrator/bulk/bulk.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { createRegistry } from '../../orchestrator/definition/registry.ts'
import { orchestratorError } from '../../orchestrator/errors.ts'
import { type App, buildApp } from '../../orchestrator/http/app.ts'
import type { Edge } from '../../orchestrator/http/edge.ts'
import { EndWaits } from '../../orchestrator/http/end-waits.ts'
import { type HttpLimits, httpLimits } from '../../orchestrator/http/http-options.ts'
import { EventStreams } from '../../orchestrator/http/live/event-streams.ts'
import type { StatsItem } from '../../orchestrator/stats/read-stats.ts'
import type { BulkItem } from '../../orchestrator/store/bulk-jobs.ts'
import type { SagaLogLine } from '../../orchestrator/store/saga-logs.ts'
import type { SagaMessage } from '../../orchestrator/store/saga-messages.ts'
import type { HistoryView, SagaView } from '../../orchestrator/store/saga-view.ts'
import type { CountedSagas } from '../../orchestrator/store/search-counts.ts'
import type { FoundSaga } from '../../orchestrator/store/search-sagas.ts'

const payload = Type.Object({ sku: Type.String() }, { additionalProperties: false })
const freeStock = defineCommand({ name: 'stock.free-stock', topic: 'stock.commands', payload })
const takeStock = defineCommand({
  name: 'stock.take-stock',
  topic: 'stock.commands',
  payload,
  undo: freeStock,
})
const definition = (version: number) =>
  defineSaga({
    name: 'send-parcel',
    version,
    input: payload,
    steps: [{ name: 'takeStock', send: takeStock }],
  })

export const registry = createRegistry([definition(1), definition(2)])

export const sagaId = '0198c5a0-0000-7000-8000-000000000001' as SagaId
export const unknownId = '0198c5a0-0000-7000-8000-00000000ffff' as SagaId

export function idOf(n: number): SagaId {
  return `0198c5a0-0000-7000-8000-${n.toString(16).padStart(12, '0')}` as SagaId
}

const at = new Date('2026-05-01T10:00:00.000Z')

export function saga(changes: Partial<SagaView> = {}): SagaView {
  return {
    id: sagaId,
    name: 'send-parcel',
    version: 2,
    status: 'running',
    businessKey: 'P-1',
    correlationId: 'C-1',
    parentId: null,
    attributes: { customer: 'c-1' },
    state: 'takeStock',
    startedAt: at,
    updatedAt: at,
    endedAt: null,
    revision: 1,
    locks: [],
    steps: [
      {
        name: 'takeStock',
        visit: 1,
        outcome: 'pending',
        undo: 'none',
        attempts: 1,
        attemptsMax: 3,
        dueAt: at,
        issuedAt: at,
        error: { code: 'SLOW' },
      },
    ],
    nextTimerAt: at,
    deadlineAt: null,
    failure: null,
    stuck: null,
    pause: null,
    flags: [],
    waitsFor: [{ signal: 'approve', by: 'team-lead', needsActor: true, dueAt: at }],
    output: null,
    ...changes,
  }
}

export function found(changes: Partial<FoundSaga> = {}): FoundSaga {
  return { ...saga(), stepsUnderWay: ['takeStock'], error: 'takeStock: SLOW', ...changes }
}

export const counted: CountedSagas = {
  name: 'send-parcel',
  version: 2,
  status: 'running',
  count: 3,
  oldestId: sagaId,
  oldestStartedAt: at,
}

export const stat: StatsItem = {
  ...{ at, name: 'send-parcel', step: 'takeStock', started: 5, completed: 3, compensated: 1 },
  ...{ failed: 1, stuck: 0, retries: 2, count: 4, p50Ms: 12, p99Ms: 40 },
}

export const historyEntry: HistoryView = {
  seq: 1,
  at,
  type: 'started',
  state: 'takeStock',
  status: 'running',
  facts: [{ type: 'command.sent', step: 'takeStock', visit: 1, direction: 'do', attempt: 1 }],
}

export const sagaMessage: SagaMessage = {
  ...{ seq: 1, at, kind: 'command', type: 'stock.take-stock', topic: 'stock.commands' },
  ...{ step: 'takeStock', visit: 1, direction: 'do', attempt: 1, outcome: null, actor: null },
  traceId: null,
  ...{ messageId: `${sagaId}/takeStock/do/1`, data: { sku: 'A-1' } },
}

export const logLine: SagaLogLine = {
  ...{ at: new Date('2030-01-31T09:00:00.005Z'), keptUs: 5, digest: -7n, level: 'warn' },
  ...{ service: 'stock', step: 'takeStock', traceId: null, message: 'participant.command.failed' },
  error: { code: 'SLOW', message: 'too slow' },
}

const letter: FoundLetter['letter'] = {
  ...{ id: 7n, state: 'parked', consumer: 'sagaline', code: 'REPLY_UNUSABLE', reason: 'why' },
  ...{ isSensitive: false, parkedAt: at },
  record: {
    ...{ topic: 'sagaline.replies', partition: 1, offset: 12n, timestamp: at },
    ...{ key: Buffer.from('k'), value: Buffer.from('{"a":1}') },
    headers: { ce_id: Buffer.from('id-1'), raw: Buffer.from([0xff]) },
  },
}
const { record: letterRecord, ...letterRest } = letter
export const letterSummary: LetterSummary = {
  ...{ ...letterRest, ...letterRecord, bytes: 7, isEdited: false },
}
export const foundLetter: FoundLetter = {
  ...{ letter, edited: { value: null, headers: null } },
  changes: [{ at, action: 'replayed', actor: 'ann', reason: 'mended' }],
}

/** Knows the letter 7. */
export const fakeDesk: LetterDesk = {
  list: async () => [letterSummary],
  find: async (id) => {
    if (id !== 7n) throw messagingError('LETTER_NOT_FOUND', { id })
    return foundLetter
  },
  edit: async () => undefined,
  replay: async () => undefined,
  discard: async () => undefined,
  replayMany: async () => ({ items: [letterSummary], next: null }),
}

export const bulkJob: BulkProgress = {
  id: idOf(77),
  request: {
    verb: 'retry',
    filter: { status: ['stuck'] },
    actor: 'bob',
    reason: 'why',
    perSecond: 25,
  },
  principal: null,
  sagaNames: ['send-parcel'],
  status: 'running',
  total: 2,
  createdAt: at,
  endedAt: null,
  counts: { done: 1, open: 1 },
}

export const bulkItem: BulkItem = {
  position: 1,
  sagaId,
  sagaName: 'send-parcel',
  outcome: 'SAGA_NOT_STUCK',
  detail: 'it is running',
  at,
}

export const bulk: Edge['bulk'] = {
  preview: async () => ({ total: 0, sample: [] }),
  create: async () => bulkJob,
  find: async (id) => (id === bulkJob.id ? bulkJob : null),
  list: async () => [bulkJob],
  items: async () => [bulkItem],
  cancel: async () => undefined,
}

/** Knows one saga, which runs; everything starts it. */
export function fakeEdge(changes: Partial<Edge> = {}): Edge {
  return {
    registry,
    log: silentLog,
    clock: realClock,
    metrics: createMetrics({ log: silentLog }),
    tracing: null,
    logIn: null,
    audit: async () => undefined,
    nameOf: async (id) => (id === sagaId ? 'send-parcel' : null),
    isStartable: ({ version }) => version === 1,
    start: async ({ name, input }) => {
      const known = registry.newest(name)
      if (!known) throw orchestratorError('SAGA_NAME_UNKNOWN', { name })
      const problem = known.checkInput(input)
      if (problem !== null) throw orchestratorError('SAGA_INPUT_INVALID', { name, problem })
      return { id: sagaId, isNew: true }
    },
    waitForEnd: async () => null,
    operate: async () => undefined,
    signal: async () => ({ sagaId, outcome: 'delivered' }),
    outlook: async () => ({ verbs: [], ifItFailed: null }),
    messages: async (id) => (id === sagaId ? [sagaMessage] : null),
    logs: async () => [logLine],
    migrate: async () => ({ items: [], next: null }),
    erase: async () => ({ sagas: 1, terminated: [] }),
    find: async (id) => (id === sagaId ? saga() : null),
    findPast: async (id) => (id === sagaId ? saga({ revision: 1 }) : null),
    history: async (id) => (id === sagaId ? [historyEntry] : []),
    list: async () => [found()],
    search: async () => [found()],
    count: async () => [counted],
    searchLag: async () => 120,
    stats: async () => [stat],
    statsLag: async () => 900,
    vitals: async () => ({
      consumerLag: { 'sagaline.replies': 4 },
      unpublished: { batches: 2, ageMs: 310 },
      groups: [counted],
    }),
    feed: async (place) => ({ entries: [], gone: [], place, isTorn: false }),
    feedHead: async () => ({ row: 7, seq: 1 }),
    news: async () => ({ head: 7, moved: [] }),
    bulk,
    locks: async () => [],
    letters: fakeDesk,
    links: { trace: null, logs: 'http://logs.test/?saga={sagaId}' },
    faults: { list: async () => [], add: async () => undefined, clear: async () => undefined },
    problems: async () => ({}),
    ...changes,
  }
}

export async function appWith(
  changes: Partial<Edge> = {},
  limits: Partial<HttpLimits> = {},
  dashboard?: string,
): Promise<App> {
  const edge = fakeEdge(changes)
  const all = { ...httpLimits, ...limits }
  return buildApp(
    edge,
    all,
    {
      waits: new EndWaits(edge, all.waitsMax),
      streams: new EventStreams(edge, all),
    },
    dashboard,
  )
}

export const parcel = { sku: 'A-1' }
