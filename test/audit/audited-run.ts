// One random saga in virtual time, with what an auditor would read of it after each event.
import { noKeys } from '../../messaging/cipher.ts'
import type { SagaId } from '../../messaging/message.ts'
import type { AuditedEntry, AuditedSaga, Receipt } from '../../orchestrator/audit/audited.ts'
import { createRegistry } from '../../orchestrator/definition/registry.ts'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import { advance } from '../../orchestrator/engine/advance.ts'
import { isEnded, type Saga } from '../../orchestrator/engine/saga.ts'
import { createRowCipher } from '../../orchestrator/store/row-cipher.ts'
import type { SagaRun } from '../engine/saga-run.ts'

/** The saga as it stood after each of its events, oldest first. */
export function auditedStates(run: SagaRun): readonly AuditedSaga[] {
  let saga: Saga | null = null
  const history: AuditedEntry[] = []
  return run.recorded.map(({ event, now }) => {
    const { saga: after, facts, wakeAt } = advance(run.definition, saga, event, now)
    saga = after
    if (facts.length > 0) {
      const { revision: seq, status, value: state } = after
      const entry = { seq, at: now, type: event.type, status, state, event, facts }
      history.push(throughJson({ ...entry, isPending: false }))
    }
    return audited(run.definition, { saga: after, timerDueAt: wakeAt, history: [...history] })
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
  return { ...rest, id, stored, problem: null, isEndDated, places: [], children: [] }
}

export function receiptsOf(run: SagaRun, isSettled: boolean): readonly Receipt[] {
  return [...run.world.fence].map(([key, state]) => {
    const [step = '', visit = ''] = key.split('/')
    const hasDo = state !== 'blocked'
    const where = { service: 'all', sagaId: run.saga.id, step, visit: Number(visit) }
    return { ...where, state, hasDo, isSettled }
  })
}

/** What judging takes beside the saga: as if every clock stood still. */
export function judgedWith(definition: SagaDefinition) {
  const registry = createRegistry([definition])
  const rows = createRowCipher(registry, noKeys)
  const topics = new Set([...definition.steps.values()].map(({ command }) => command.topic))
  return { registry, rows, topics, now: 0, graceMs: Number.MAX_SAFE_INTEGER, oldestKept: 0 }
}

function throughJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}
