// One random saga in virtual time, with what an auditor would read of it after each event.
import { noKeys } from '../../messaging/cipher.ts'
import type { SagaId } from '../../messaging/message.ts'
import type {
  AuditedChild,
  AuditedEntry,
  AuditedSaga,
  Receipt,
} from '../../orchestrator/audit/audited.ts'
import { createRegistry } from '../../orchestrator/definition/registry.ts'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import { isEnded, type Saga } from '../../orchestrator/engine/saga.ts'
import { createRowCipher } from '../../orchestrator/store/row-cipher.ts'
import { replay, type SagaRun } from '../engine/saga-run.ts'

/** The saga as it stood after each of its events, oldest first. */
export function auditedStates(run: SagaRun, fault = { isOn: false }): readonly AuditedSaga[] {
  const history: AuditedEntry[] = []
  return [...replay(run.recorded, { fault })].map((entry) => {
    const { saga, facts, wakeAt, event, now, definition } = entry
    if (facts.length > 0) {
      const { revision: seq, status, value: state } = saga
      const row = { seq, at: now, type: event.type, status, state, event, facts }
      history.push(throughJson({ ...row, isPending: false }))
    }
    return audited(definition, { saga, timerDueAt: wakeAt, history: [...history] })
  })
}

export function audited(
  { hash }: SagaDefinition,
  given: Pick<AuditedSaga, 'history' | 'timerDueAt'> & { readonly saga: Saga },
): AuditedSaga {
  const { saga, ...rest } = given
  const stored = {
    saga: throughJson(saga),
    definitionHash: hash,
    businessKey: null,
    correlationId: null,
    attributes: {},
    startedAt: 0,
    wakeAt: given.timerDueAt,
    isSealed: false,
    problem: null,
  }
  const id = saga.id as SagaId
  const isEndDated = isEnded(saga)
  const places = saga.locks.map((key) => ({ key, isHolder: saga.status !== 'waiting' }))
  return { ...rest, id, stored, problem: null, isEndDated, places, children: [] }
}

/** Of what participants did that are no child sagas. */
export function receiptsOf(
  run: SagaRun,
  { isSettled, children }: { readonly isSettled: boolean; readonly children: ReadonlySet<string> },
): readonly Receipt[] {
  const own = [...run.world.fence].filter(([key]) => !children.has(stepOf(key)))
  return own.map(([key, state]) => {
    const [step = '', visit = ''] = key.split('/')
    const hasDo = state !== 'blocked'
    const where = { service: 'all', sagaId: run.saga.id, step, visit: Number(visit) }
    return { ...where, state, hasDo, isSettled }
  })
}

const stepOf = (key: string): string => key.split('/')[0] ?? ''

/** The rows of its child sagas, as they stand when all is answered. */
export function childrenOf(run: SagaRun, children: ReadonlySet<string>): readonly AuditedChild[] {
  const own = [...run.world.fence].filter(([key]) => children.has(stepOf(key)))
  return own.map(([key, state]) => ({
    step: stepOf(key),
    visit: Number(key.split('/')[1]),
    status: state === 'done' ? 'completed' : 'compensated',
    isRevoked: state === 'undone' || state === 'blocked',
  }))
}

/** What judging takes beside the saga: as if every clock stood still. */
export function judgedWith(...definitions: readonly SagaDefinition[]) {
  const registry = createRegistry(definitions)
  const rows = createRowCipher(registry, noKeys)
  const steps = definitions.flatMap((definition) => [...definition.steps.values()])
  const topics = new Set(steps.map(({ command }) => command.topic))
  return { registry, rows, topics, now: 0, graceMs: Number.MAX_SAFE_INTEGER, oldestKept: 0 }
}

function throughJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}
