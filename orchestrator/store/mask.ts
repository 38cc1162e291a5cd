// What readers may see of sagas with sensitive data. What a schema describes is masked where it is
// marked; of anything else only what the engine itself made is shown.
import type { CommandContract } from '../../messaging/contract.ts'
import { masked, maskFields } from '../../messaging/encrypted-fields.ts'
import type { Direction, Json } from '../../messaging/message.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import type { Fact } from '../engine/event.ts'
import type { SagaView, TroubleView } from './saga-view.ts'

/** Null when the definition is not here: then nothing is known to be harmless. */
type Known = SagaDefinition | null

export function maskView(definition: Known, view: SagaView): SagaView {
  const steps = view.steps.map((step) => {
    const direction = step.undo === 'none' ? 'do' : 'undo'
    return { ...step, error: maskReason(definition, { ...step, step: step.name, direction }) }
  })
  const { failure, stuck } = view
  // Flags hold nothing but texts of the engine; no schema describes the output.
  const output = view.output === null ? null : masked
  return { ...view, steps, output, ...maskedTroubles(definition, { failure, stuck }) }
}

type Troubles = { readonly failure: TroubleView | null; readonly stuck: TroubleView | null }

function maskedTroubles(definition: Known, { failure, stuck }: Troubles): Troubles {
  const mask = (trouble: TroubleView | null) =>
    trouble && { ...trouble, reason: maskReason(definition, { ...trouble, error: trouble.reason }) }
  return { failure: mask(failure), stuck: mask(stuck) }
}

/** What facts about persons, signals and replies say beside the data that came with them. */
const shownDetails = new Set([
  'actor',
  'command',
  'effect',
  'from',
  'id',
  'name',
  'outcome',
  'requestId',
  'to',
  'verb',
])

/** Facts whose `reason` is what an operator wrote. */
const operated = new Set<Fact['type']>([
  'saga.retried',
  'saga.abandoned',
  'saga.cancelled',
  'saga.terminated',
  'saga.paused',
  'saga.resumed',
  'saga.migrated',
  'step.skipped',
  'undo.skipped',
])

/** Made by the engine out of the machine and the definition alone. */
const harmless = new Set<Fact['type']>([
  'saga.scheduled',
  'saga.waiting',
  'timer.fired',
  'event.held',
])

export function maskFact(definition: Known, fact: Fact): Fact {
  const { type, step = null, direction = 'do', detail } = fact
  if (detail === undefined || harmless.has(type)) return fact
  if (!isObject(detail))
    return { ...fact, detail: maskReason(definition, { step, direction, error: detail }) }
  const isReasonShown = operated.has(type)
  if (isReasonShown || /^(signal|reply|approval)\./.test(type)) {
    const isShown = (name: string) => shownDetails.has(name) || (isReasonShown && name === 'reason')
    return { ...fact, detail: maskAllBut(detail, isShown) }
  }
  return { ...fact, detail: maskReason(definition, { step, direction, error: detail }) }
}

type FactViewing = {
  readonly facts: readonly Fact[]
  /** Undefined for one that was not hidden. */
  readonly detailOf: (fact: Fact, index: number) => Fact['detail'] | undefined
  readonly isSecret: boolean
}

/** Facts as people see them. */
export function maskFacts(
  definition: Known,
  { facts, detailOf, isSecret }: FactViewing,
): readonly Fact[] {
  return facts.map((fact, index) => {
    const opened = detailOf(fact, index)
    if (opened !== undefined) return maskFact(definition, { ...fact, detail: opened })
    return isSecret ? maskFact(definition, fact) : fact
  })
}

type Reason = {
  readonly step: string | null
  readonly direction: Direction
  readonly error: Json
}

/** Either the participant's refusal, or a technical error: `{ code, message }`. */
function maskReason(definition: Known, { step, direction, error }: Reason): Json {
  if (error === null) return null
  const command = step === null ? null : (definition?.steps.get(step)?.command ?? null)
  const contract = direction === 'do' ? command : (command?.undo ?? null)
  if (contract !== null && isRefusal(contract, error)) {
    return maskFields(contract.refusal, error) as Json
  }
  return isObject(error) ? maskAllBut(error, (name) => name === 'code') : masked
}

/** A technical error is never taken for a refusal, whatever the refusal's schema allows. */
function isRefusal(contract: CommandContract, error: Json): boolean {
  const isTechnical = isObject(error) && isCode(error['code']) && 'message' in error
  return !isTechnical && contract.checkRefusal(error) === null
}

type JsonObject = { readonly [name: string]: Json }

function maskAllBut(value: JsonObject, isShown: (name: string) => boolean): Json {
  const entries = Object.entries(value).map(([name, inner]) => {
    const isKept = isShown(name) && (name === 'code' ? isCode(inner) : typeof inner !== 'object')
    return [name, isKept || inner === null ? inner : masked]
  })
  return Object.fromEntries(entries)
}

/** Of the tables of errors: a constant in some code, never data. */
function isCode(value: Json | undefined): boolean {
  return typeof value === 'string' && /^[A-Z][A-Z0-9_]*$/.test(value)
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
