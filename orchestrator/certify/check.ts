// What a check of the kit is: what it shows, what it needs, and the conversations that it has.
import type { Sample } from './sample.ts'
import type { Talk } from './talk.ts'

export type Check = {
  readonly name: string
  /** In a sentence: what was shown when it passes. */
  readonly says: string
  /** Why it cannot be made of this command, or null. */
  readonly lacks?: (sample: Sample) => string | null
  /** @throws BreachedError */
  readonly run: (talk: Talk, open: OpenTalk) => Promise<void>
}

/** A conversation more, about another saga. */
export type OpenTalk = () => Promise<Talk>

export function lacksUndo({ undo }: Sample): string | null {
  return undo === null ? 'the command has no undo' : null
}

export function lacksOther({ other }: Sample): string | null {
  return other === undefined ? 'there is no second payload: name one as "other"' : null
}

export function lacksRefused({ refused }: Sample): string | null {
  return refused === undefined ? 'no payload that is refused is known: name one as "refused"' : null
}
