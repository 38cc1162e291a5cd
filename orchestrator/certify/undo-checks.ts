// Checks of a command with its undo, in every order.
import { mustBeAsAlone } from './as-alone.ts'
import { type Check, lacksOther, lacksUndo } from './check.ts'
import type { Command } from './command-record.ts'
import type { Sample } from './sample.ts'
import type { Talk } from './talk.ts'

const hourMs = 3_600_000
/** Older than what any fence remembers. */
const agesMs = 10 * 365 * 24 * hourMs

const again = 'repeat-unanswered'

const undoOf = (talk: Talk, changes: Partial<Command> = {}) =>
  talk.command({ direction: 'undo', ...changes })

/** Done, and then undone, which the effect shows. */
async function doAndUndo(talk: Talk): Promise<void> {
  await talk.do(talk.command())
  const done = await talk.effect()
  await talk.say(undoOf(talk))
  await talk.mustAnswer(undoOf(talk), 'succeeded', 'undo-refused')
  if (done !== null && (await talk.effect()) === done) {
    talk.fail('not-undone', `the SQL shows ${done}, as before the undo`)
  }
}

/** What holds of a do whose undo came first. */
async function mustBeBlocked(talk: Talk, command: Command): Promise<void> {
  const { data } = await talk.mustAnswer(command, 'refused', 'undo-forgotten')
  const code = (data as { readonly code?: unknown } | null)?.code
  if (code === 'UNDONE_BEFORE_DONE') return
  talk.fail('undo-forgotten', `it was refused, but not with the code UNDONE_BEFORE_DONE: ${code}`)
}

/** Undoes what never came, so that only its own do is blocked. */
async function blockFirst(talk: Talk): Promise<void> {
  await talk.say(undoOf(talk))
  await talk.mustAnswer(undoOf(talk), 'succeeded', 'early-undo-refused')
}

const lacksOtherUndo = (sample: Sample) => lacksUndo(sample) ?? lacksOther(sample)

export const undoChecks: readonly Check[] = [
  {
    name: 'undone',
    says: 'a command that was done is undone',
    lacks: lacksUndo,
    run: doAndUndo,
  },
  {
    name: 'undone-again',
    says: 'an undo that comes again is answered as before and not done again',
    lacks: lacksUndo,
    run: async (talk) => {
      await doAndUndo(talk)
      await talk.keep('undone-twice')
      const repeats = [2, 3].map((attempt) => undoOf(talk, { attempt }))
      await talk.say(...repeats)
      for (const repeat of repeats) await talk.answer(repeat, again)
      await talk.mustBeKept()
    },
  },
  {
    name: 'done-after-undo',
    says: 'a command that comes again after its undo is answered as before and not done again',
    lacks: lacksUndo,
    run: async (talk) => {
      await doAndUndo(talk)
      await talk.keep('done-after-undo')
      const repeat = talk.command({ attempt: 2 })
      await talk.say(repeat)
      await talk.answer(repeat, again)
      await talk.mustBeKept()
    },
  },
  {
    name: 'undo-first',
    says: 'an undo before its command succeeds, does nothing, and blocks the command',
    lacks: lacksUndo,
    run: async (talk) => {
      talk.keepNothing('early-undo-done')
      await blockFirst(talk)
      await talk.mustBeKept()
      talk.keepNothing('undo-forgotten')
      const all = [talk.command(), talk.command({ attempt: 2 }), undoOf(talk, { attempt: 2 })]
      await talk.say(...all)
      for (const one of all) await talk.answer(one, one.attempt === 1 ? 'unanswered' : again)
      await mustBeBlocked(talk, talk.command())
      await talk.mustBeKept()
    },
  },
  {
    name: 'undo-overtakes',
    says: 'an undo and its command in one batch, the undo first: the command is blocked',
    lacks: lacksUndo,
    run: async (talk) => {
      talk.keepNothing('undo-forgotten')
      await talk.say(undoOf(talk), talk.command())
      if ((await talk.answer(undoOf(talk))).outcome === 'failed') {
        // Then the command was the first, and may be done.
        talk.keepNoMore()
        await talk.mustAnswer(undoOf(talk), 'succeeded', 'early-undo-refused')
        return
      }
      await talk.mustAnswer(undoOf(talk), 'succeeded', 'early-undo-refused')
      await mustBeBlocked(talk, talk.command())
      await talk.mustBeKept()
    },
  },
  {
    name: 'all-at-once',
    says: 'command, undo and repeats of both in one batch end as undone',
    lacks: lacksUndo,
    run: async (talk, open) => {
      const all = [talk.command(), undoOf(talk), talk.command({ attempt: 2 })]
      await talk.say(...all, undoOf(talk, { attempt: 2 }))
      const { outcome } = await talk.answer(talk.command())
      // One that failed may have come after its undo in the end; what is there shows which.
      if (outcome !== 'failed') {
        await talk.mustAnswer(talk.command(), 'succeeded', 'example-not-done')
      }
      await talk.answer(talk.command({ attempt: 2 }), again)
      await talk.answer(undoOf(talk, { attempt: 2 }), again)
      await talk.mustAnswer(undoOf(talk), 'succeeded', 'undo-refused')
      if (outcome === 'failed' && (await talk.isAsBefore())) return
      await mustBeAsAlone(talk, 'done-after-undo', { open, alone: doAndUndo })
    },
  },
  {
    name: 'other-undo',
    says: 'a known undo with another body is neither done nor answered',
    lacks: lacksOtherUndo,
    run: async (talk) => {
      await doAndUndo(talk)
      await talk.keep('other-body-done')
      const strange = undoOf(talk, { attempt: 2, payload: talk.sample.other })
      const repeat = undoOf(talk, { attempt: 3 })
      await talk.sayStrange(strange, repeat)
      await talk.answer(repeat, again)
      if (talk.outcomeOf(strange) !== null)
        talk.fail('other-body-answered', 'attempt 2 was answered')
      await talk.mustBeKept()
    },
  },
  {
    name: 'visits-apart',
    says: 'an undo of one visit of a step leaves the next visit alone',
    lacks: lacksUndo,
    run: async (talk) => {
      await blockFirst(talk)
      await talk.do(talk.command({ visit: 2 }), 'visits-mixed')
    },
  },
  {
    name: 'steps-apart',
    says: 'an undo of one step leaves another step of the saga alone',
    lacks: lacksUndo,
    run: async (talk) => {
      await blockFirst(talk)
      await talk.do(talk.command({ step: 'another' }), 'steps-mixed')
    },
  },
  {
    name: 'undo-too-old',
    says: 'an undo older than any memory is answered failed, not "nothing to undo"',
    lacks: lacksUndo,
    run: async (talk) => {
      const issuedAt = new Date(talk.command().issuedAt.getTime() - agesMs)
      await talk.say(undoOf(talk, { issuedAt }))
      await talk.mustAnswer(undoOf(talk), 'failed', 'old-undo-guessed')
    },
  },
]

/** Alone, since whoever stops at it answers nobody any more. */
export const undoMisfit: Check = {
  name: 'undo-misfit',
  says: 'an undo whose payload does not fit does nothing, and keeps nobody from what follows',
  lacks: lacksUndo,
  run: async (talk) => {
    await talk.do(talk.command())
    await talk.keep('malformed-done')
    const strange = undoOf(talk, { payload: talk.sample.misfit })
    const repeat = talk.command({ attempt: 2 })
    await talk.sayStrange(strange, repeat)
    await talk.answer(repeat, 'partition-blocked')
    if (talk.outcomeOf(strange) === 'succeeded') talk.fail('malformed-done', 'it was answered so')
    await talk.mustBeKept()
    const undo = undoOf(talk, { attempt: 2 })
    talk.keepNoMore()
    await talk.say(undo)
    await talk.mustAnswer(undo, 'succeeded', 'undo-refused')
  },
}
