// What the doctor found of one thing, and how to mend it.

export type Verdict = 'fine' | 'warning' | 'broken' | 'skipped'

export type Finding = {
  /** What was looked at: `postgres`, `topic sagaline.replies`. */
  readonly name: string
  readonly verdict: Verdict
  readonly says: string
  /** Null when there is nothing to mend. */
  readonly mend: string | null
}

export const fine = (name: string, says: string): Finding => ({
  ...{ name, says },
  verdict: 'fine',
  mend: null,
})

export const warning = (name: string, says: string, mend: string): Finding => ({
  ...{ name, says, mend },
  verdict: 'warning',
})

export const broken = (name: string, says: string, mend: string): Finding => ({
  ...{ name, says, mend },
  verdict: 'broken',
})

export const skipped = (name: string, says: string, mend: string): Finding => ({
  ...{ name, says, mend },
  verdict: 'skipped',
})
