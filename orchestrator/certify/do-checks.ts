// Checks of a command alone: that it is done once however often and however it comes.
import { mustBeAsAlone } from './as-alone.ts'
import { type Check, lacksOther, lacksRefused } from './check.ts'
import { withHeaders } from './command-record.ts'
import { reordered } from './example-of.ts'

const hourMs = 3_600_000
/** Older than what any fence remembers. */
const agesMs = 10 * 365 * 24 * hourMs

const again = 'repeat-unanswered'

export const doChecks: readonly Check[] = [
  {
    name: 'done',
    says: 'a command is done and answered in the right form',
    run: (talk) => talk.do(talk.command()),
  },
  {
    name: 'done-again',
    says: 'a command that comes again is answered as before and not done again',
    run: async (talk) => {
      await talk.do(talk.command())
      await talk.keep('done-twice')
      for (const attempt of [2, 3]) {
        const repeat = talk.command({ attempt })
        await talk.say(repeat)
        await talk.answer(repeat, again)
        await talk.mustBeKept()
      }
    },
  },
  {
    name: 'done-at-once',
    says: 'a command that comes several times in one batch is done once, each is answered',
    run: async (talk, open) => {
      const all = [1, 2, 3].map((attempt) => talk.command({ attempt }))
      await talk.say(...all)
      await talk.answer(all[0] ?? talk.command())
      for (const one of all) await talk.answer(one, again)
      await talk.mustBeDone(all[2] ?? talk.command())
      await mustBeAsAlone(talk, 'done-twice', { open, alone: (other) => other.do(other.command()) })
    },
  },
  {
    name: 'keys-reordered',
    says: 'the same payload with its keys in another order is the same command',
    run: async (talk) => {
      await talk.do(talk.command())
      await talk.keep('done-twice')
      const repeat = talk.command({ attempt: 2, payload: reordered(talk.sample.payload) })
      await talk.say(repeat)
      await talk.answer(repeat, 'key-order-counted')
      await talk.mustBeKept()
    },
  },
  {
    name: 'other-body',
    says: 'a known id with another body is neither done nor answered',
    lacks: lacksOther,
    run: async (talk) => {
      await talk.do(talk.command())
      await talk.keep('other-body-done')
      const strange = talk.command({ attempt: 2, payload: talk.sample.other })
      const repeat = talk.command({ attempt: 3 })
      await talk.sayStrange(strange, repeat)
      // Behind it in its partition: once it is answered, the strange one was seen.
      await talk.answer(repeat, again)
      if (talk.outcomeOf(strange) !== null)
        talk.fail('other-body-answered', 'attempt 2 was answered')
      await talk.mustBeKept()
    },
  },
  {
    name: 'refused',
    says: 'a refusal is final and given again; its undo succeeds and does nothing',
    lacks: lacksRefused,
    run: async (talk) => {
      const payload = talk.sample.refused
      const command = talk.command({ payload })
      await talk.say(command)
      await talk.mustAnswer(command, 'refused', 'example-not-done')
      await talk.keep('done-twice')
      const repeat = talk.command({ payload, attempt: 2 })
      await talk.say(repeat)
      await talk.answer(repeat, again)
      await talk.mustBeKept()
      if (talk.sample.undo === null) return
      await talk.keep('refused-undone')
      const undo = talk.command({ payload, direction: 'undo' })
      await talk.say(undo)
      await talk.mustAnswer(undo, 'succeeded', 'undo-refused')
      await talk.mustBeKept()
    },
  },
  {
    name: 'late',
    says: 'a command that comes late, or after its deadline, is done all the same',
    run: async (talk) => {
      const past = new Date(talk.command().issuedAt.getTime() - hourMs)
      const command = talk.command({ issuedAt: past, deadline: past })
      await talk.say(command)
      await talk.answer(command, 'deadline-obeyed')
      await talk.mustBeDone(command, 'deadline-obeyed')
    },
  },
  {
    name: 'too-old',
    says: 'a command older than any memory is answered failed, not done',
    run: async (talk) => {
      talk.keepNothing('old-command-done')
      const issuedAt = new Date(talk.command().issuedAt.getTime() - agesMs)
      const command = talk.command({ issuedAt })
      await talk.say(command)
      await talk.mustAnswer(command, 'failed', 'old-command-done')
      await talk.mustBeKept()
    },
  },
  {
    name: 'headers-more',
    says: 'headers that are not known, and a charset in content-type, are no reason to refuse',
    run: async (talk) => {
      const command = talk.command()
      await talk.sayAs(command, (record) =>
        withHeaders(record, {
          'x-something': 'else',
          ce_laterextension: 'value',
          'content-type': 'application/json; charset=utf-8',
        }),
      )
      await talk.answer(command, 'unknown-header-minded')
      await talk.mustBeDone(command, 'unknown-header-minded')
    },
  },
]
