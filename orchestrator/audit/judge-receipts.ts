// The balance of effects: what services keep about what they did, against what the saga says was
// done, refused and undone. Receipts must have been read after their saga. Pure.
import type { Registry } from '../definition/registry.ts'
import { isEnded, type Saga, type StepState } from '../engine/saga.ts'
import type { StoredSaga } from '../store/saga-rows.ts'
import type { AuditedChild, AuditedSaga, Receipt, ReceiptState } from './audited.ts'
import { type Breach, type BreachName, breach, type Finding, notJudged } from './breaches.ts'
import { definitionOf } from './definition-of.ts'

export type ReceiptsWith = {
  readonly receipts: readonly Receipt[]
  readonly registry: Registry
  /** Topics whose commands some given service takes; null when no service is given. */
  readonly topics: ReadonlySet<string> | null
  /** Receipts of what was issued before may have been removed; ms since the epoch. */
  readonly oldestKept: number
}

/** A receipt of a step that the saga had not entered when it was read. */
export type Stray = { readonly type: 'stray'; readonly receipt: Receipt }

/** Strays of sagas that live are to be looked at again, after their receipts. */
export function judgeReceipts(
  { stored, history, children }: AuditedSaga,
  given: ReceiptsWith,
): readonly (Finding | Stray)[] {
  if (stored === null) return []
  const { saga } = stored
  const byStep = Map.groupBy(given.receipts, keyOf)
  const entered = new Set(saga.steps.map((step) => keyOf({ step: step.name, visit: step.visit })))
  const words = wordsOf(history)
  const isFinal = isEnded(saga) && !(saga.parent !== null && saga.status === 'completed')
  const strays = given.receipts.filter((receipt) => !entered.has(keyOf(receipt)))
  return [
    ...strays.map((receipt): Stray => ({ type: 'stray', receipt })),
    ...given.receipts.flatMap((receipt) => judgeAlone(receipt)),
    ...saga.steps.flatMap((step) => {
      const key = keyOf({ step: step.name, visit: step.visit })
      const found = [...(byStep.get(key) ?? []), ...childReceipts(saga, step, children)]
      const judged = { stored, saga, step, isFinal }
      return judgeStep({ ...judged, found, word: words.get(key) ?? null, given })
    }),
  ]
}

const keyOf = ({ step, visit }: { readonly step: string; readonly visit: number }) =>
  `${step}/${visit}`

type Word = 'step.skipped' | 'undo.skipped'

/** What a person said about a step stands for an answer of its service. */
function wordsOf(history: AuditedSaga['history']): ReadonlyMap<string, ReadonlySet<Word>> {
  const words = new Map<string, Set<Word>>()
  for (const { type, step = '', visit = 0 } of history.flatMap(({ facts }) => facts)) {
    if (type !== 'step.skipped' && type !== 'undo.skipped') continue
    const key = keyOf({ step, visit })
    words.set(key, (words.get(key) ?? new Set()).add(type))
  }
  return words
}

function judgeAlone({ sagaId, state, hasDo, ...where }: Receipt): readonly Breach[] {
  if (state !== 'undone' || hasDo) return []
  return [breach('undo.without-do', sagaId, placeOf(where))]
}

const placeOf = ({ service, step, visit }: Pick<Receipt, 'service' | 'step' | 'visit'>) =>
  `${service}: ${step}/${visit}`

/** The row of a child saga is the receipt of its parent's step. One that lives says nothing yet. */
function childReceipts(
  { id }: Saga,
  { name, visit }: StepState,
  children: readonly AuditedChild[],
): readonly Receipt[] {
  return children.flatMap((child): Receipt[] => {
    if (child.step !== name || child.visit !== visit) return []
    const state = stateOf(child)
    if (state === null) return []
    const rest = { hasDo: true, isSettled: false }
    return [{ service: 'child saga', sagaId: id, step: name, visit, state, ...rest }]
  })
}

function stateOf({ status, isRevoked }: AuditedChild): ReceiptState | null {
  if (status === 'completed') return 'done'
  if (status === 'compensated') return isRevoked ? 'undone' : 'refused'
  return null
}

type Judging = {
  readonly stored: StoredSaga
  readonly saga: Saga
  readonly step: StepState
  readonly isFinal: boolean
  readonly found: readonly Receipt[]
  readonly word: ReadonlySet<Word> | null
  readonly given: ReceiptsWith
}

/** From the one that says most to the one that says least. */
const weights: readonly ReceiptState[] = ['done', 'undone', 'refused', 'blocked']

function judgeStep(judging: Judging): readonly Finding[] {
  const { saga, step, found } = judging
  const [first, ...others] = found.toSorted(
    (a, b) => weights.indexOf(a.state) - weights.indexOf(b.state),
  )
  if (first === undefined) return judgeMissing(judging)
  const twice = others.filter(({ state }) => state === 'done' || state === 'undone')
  const name = judgeState(judging, first)
  const subject = `${placeOf(first)} is ${first.state}, for the saga ${step.outcome}, its undo ${step.undo}`
  return [
    ...(name === null ? [] : [breach(name, saga.id, subject)]),
    ...twice.map((other) =>
      breach('effect.twice', saga.id, `${placeOf(first)} and ${other.service}`),
    ),
  ]
}

/** Which breach the receipt is, next to what the saga says about its step. */
function judgeState(judging: Judging, { state, isSettled }: Receipt): BreachName | null {
  const { step, isFinal } = judging
  if (isUndone(judging)) {
    if (state === 'done') return 'effect.not-undone'
    return step.outcome === 'done' && state !== 'undone' && !hasWord(judging, 'step.skipped')
      ? 'receipt.disagrees'
      : null
  }
  const isUnasked = isFinal && step.undo === 'none'
  if (isUnasked && (state === 'undone' || state === 'blocked')) return 'undo.unasked'
  if (isDone(judging)) return state === 'done' || state === 'undone' ? null : 'receipt.disagrees'
  if (step.outcome === 'refused') {
    if (state === 'done') return 'effect.of-refused-step'
    return state === 'refused' ? null : 'receipt.disagrees'
  }
  const stays = state === 'done' && isSettled && step.outcome !== 'done' && step.undo !== 'done'
  return isFinal && stays && !isFlagged(judging) ? 'effect.unflagged' : null
}

/** By the answer of the service. */
function isDone(judging: Judging): boolean {
  return judging.step.outcome === 'done' && !hasWord(judging, 'step.skipped')
}

function isUndone(judging: Judging): boolean {
  return judging.step.undo === 'done' && !hasWord(judging, 'undo.skipped')
}

const hasWord = ({ word }: Judging, one: Word) => word?.has(one) === true

/** Flags are encrypted where the saga has sensitive fields. */
function isFlagged({ stored, saga, step }: Judging): boolean {
  if (stored.problem !== null) return true
  return saga.flags.some((flag) => flag.step === step.name && flag.visit === step.visit)
}

/** It was answered, so it must be there: wherever the services are looked at that could have it. */
function judgeMissing(judging: Judging): readonly Finding[] {
  const { saga, step, given } = judging
  const isRefused = step.outcome === 'refused'
  if (!isDone(judging) && !isUndone(judging) && !isRefused) return []
  if (given.topics === null) return []
  const { definition, missing } = definitionOf(given.registry, judging.stored)
  if (missing !== null) return [notJudged(saga.id, missing)]
  const known = definition.steps.get(step.name)
  // A refused step need not be in the version that its saga was migrated to.
  if (known === undefined) return []
  const { child, command } = known
  // A child that could not be started at all is refused without a row.
  if (child !== null) {
    if (isRefused || !isEnded(saga)) return []
    return [breach('receipt.missing', saga.id, `child saga: ${step.name}/${step.visit}`)]
  }
  if (!given.topics.has(command.topic)) {
    return [notJudged(saga.id, `no given service takes commands from ${command.topic}`)]
  }
  if (step.issuedAt < given.oldestKept) {
    return [notJudged(saga.id, 'its receipts may be gone: it is older than the memory of fences')]
  }
  const told = isUndone(judging) ? 'undone' : step.outcome
  const subject = `${step.name}/${step.visit} is ${told}, and no fence has it`
  return [breach('receipt.missing', saga.id, subject)]
}
