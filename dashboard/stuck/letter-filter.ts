// Which dead letters are shown: by their state, and by what they have in common.
import type { Api } from '../../orchestrator/client/index.ts'

export type LetterState = NonNullable<
  NonNullable<Api['list-dead-letters']['ask']['query']>['state']
>

export const letterStates: readonly LetterState[] = ['parked', 'replaying', 'replayed', 'discarded']

export type LetterFilter = {
  readonly state: LetterState
  /** Empty: of any. */
  readonly code: string
  readonly topic: string
}

export const anyParked: LetterFilter = { state: 'parked', code: '', topic: '' }

/** As REST takes it, without the state. */
export const criteriaOf = ({ code, topic }: LetterFilter) => ({
  ...(code.trim() !== '' && { code: code.trim() }),
  ...(topic.trim() !== '' && { topic: topic.trim() }),
})
