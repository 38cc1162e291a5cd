// `sagaline erase`: a person's data is erased for good, by destroying their key.
import { type Command, exitCodes, isFlagSet, tell, usage } from './command.ts'
import { byFlags, connect, readBy, restFlags } from './connection.ts'

export const eraseCommand: Command = {
  name: 'erase',
  summary:
    'Erases the data of one person for good, by destroying the key that it is encrypted with.',
  takes: '<subject>',
  wordsMax: 1,
  flags: {
    ...byFlags,
    force: { value: null, help: 'Terminates sagas of theirs that live; nothing is undone.' },
    ...restFlags,
  },
  examples: ['sagaline erase customer-17 --reason "asked for by letter of May 3"'],
  run: async (call, terminal) => {
    const [subject] = call.words
    if (subject === undefined) throw usage('who is to be erased is missing')
    const body = { subject, ...readBy(call, terminal), force: isFlagSet(call, 'force') }
    const erased = await connect(call, terminal).call('erase-subject', { body })
    tell(call, terminal, erased, () => {
      const first = erased.terminated.length
      const also = first === 0 ? '' : `, ${first} of them terminated first`
      return `erased: nobody can read the data of ${erased.sagas} sagas any more${also}`
    })
    return exitCodes.fine
  },
}
