// What each of an operator's verbs would do to a saga as it stands: tried in memory, so that a
// person sees what would follow before it does.
import type { SagalineError } from '../../messaging/errors.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import { advance } from './advance.ts'
import type { Advance, Operated, Verb } from './event.ts'
import { isParked } from './park.ts'
import type { Saga, SagaStatus } from './saga.ts'
import { type UndoPlan, undoPlan } from './undo-plan.ts'

export type PossibleVerb = {
  readonly verb: Verb
  /** What a skip would be of, and what it would say of its effect. */
  readonly step: string | null
  readonly visit: number | null
  readonly effect: 'done' | 'none' | null
  /** `no-change`: the saga is there already. */
  readonly outcome: 'acts' | 'no-change' | 'refused'
  readonly refusal: SagalineError | null
  /** The skip must say what the step would have replied; what follows depends on it. */
  readonly needsOutput: boolean
  /** After the verb; null when that is not known. */
  readonly status: SagaStatus | null
  /** Sent by it, as `<step> <direction>`; null when that is not known. */
  readonly commands: readonly string[] | null
}

export type Outlook = {
  readonly verbs: readonly PossibleVerb[]
  /** If it turned back now; null for a saga that has ended. */
  readonly ifItFailed: UndoPlan | null
}

const plainVerbs = ['retry', 'cancel', 'pause', 'resume', 'abandon', 'terminate'] as const
const asked = { type: 'operated', requestId: 'asked', actor: 'asked', reason: 'asked' } as const

export function outlookOf(definition: SagaDefinition, saga: Saga, now: number): Outlook {
  return {
    verbs: possibleVerbs(definition, saga, now),
    ifItFailed: undoPlan(definition, saga),
  }
}

export function possibleVerbs(
  definition: SagaDefinition,
  saga: Saga,
  now: number,
): readonly PossibleVerb[] {
  const plain: readonly Operated[] = plainVerbs.map((verb) => ({ ...asked, verb }))
  return [...plain, ...skips(saga)].map((event) => tried(definition, saga, { event, now }))
}

function skips(saga: Saga): readonly Operated[] {
  const parked = saga.steps.filter(isParked)
  if (parked.length === 0) return [{ ...asked, verb: 'skip', step: '', effect: 'done' }]
  return parked.flatMap(({ name: step, visit }) =>
    (['done', 'none'] as const).map(
      (effect) => ({ ...asked, verb: 'skip', step, visit, effect }) as const,
    ),
  )
}

/** What stood still may be due: a verb that lets it go on is answered by what follows at once. */
function withWhatIsDue(
  definition: SagaDefinition,
  before: Saga,
  { event, now }: { readonly event: Operated; readonly now: number },
): Advance {
  const told = advance(definition, before, event, now)
  const isDue = told.facts.length > 0 && told.wakeAt !== null && told.wakeAt <= now
  if (!isDue) return told
  const woken = advance(definition, told.saga, { type: 'woken' }, now)
  return { ...told, saga: woken.saga, commands: [...told.commands, ...woken.commands] }
}

function tried(
  definition: SagaDefinition,
  before: Saga,
  { event, now }: { readonly event: Operated; readonly now: number },
): PossibleVerb {
  const { problem, saga, commands, facts } = withWhatIsDue(definition, before, { event, now })
  const isSkip = event.verb === 'skip' && event.step !== ''
  const about = {
    verb: event.verb,
    step: isSkip ? event.step : null,
    visit: (isSkip && event.visit) || null,
    effect: isSkip ? event.effect : null,
  }
  if (problem?.code === 'SKIP_OUTPUT_INVALID') {
    const unknown = { status: null, commands: null }
    return { ...about, outcome: 'acts', refusal: null, needsOutput: true, ...unknown }
  }
  const acts = facts.length > 0 ? 'acts' : 'no-change'
  return {
    ...about,
    outcome: problem === null ? acts : 'refused',
    refusal: problem,
    needsOutput: false,
    status: saga.status,
    commands: commands.map(({ step, direction }) => `${step} ${direction}`),
  }
}
