// A verb that is possible, in words: what its button says, and what would follow.
import type { Api } from '../../orchestrator/client/index.ts'
import { statuses } from '../words/status.ts'
import { verbWords } from '../words/verbs.ts'

export type PossibleVerb = NonNullable<Api['list-verbs']['answer']['items']>[number]

export function verbLabel({ verb, step, effect }: PossibleVerb): string {
  if (verb !== 'skip' || step === null) return verbWords[verb].label
  return `Skip ${step}: ${effect === 'done' ? 'it is done' : 'it is not done'}`
}

/** What would follow, in one sentence. */
export function effectText({ commands, status, needsOutput }: PossibleVerb): string {
  if (needsOutput) return 'What follows depends on the output that you give.'
  const sends =
    commands === null || commands.length === 0 ? 'Sends nothing' : `Sends ${commands.join(', ')}`
  return status === null
    ? `${sends}.`
    : `${sends}; then it is ${statuses[status].label.toLowerCase()}.`
}
