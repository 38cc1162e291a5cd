// Every way in which a participant can break the protocol that the kit knows: its name, what was
// seen, and what it leads to. docs/participants.md has the same table, held against it by a test.

export type BreachEntry = { readonly means: string; readonly leadsTo: string }

const twice = 'Commands come twice after every crash: money would move twice.'
const waits = 'The saga waits, sends again, and takes the step for unknown in the end.'
const lost = 'The orchestrator cannot tell what is answered and sets the reply aside.'

export const breachTable = {
  unanswered: { means: 'A command was not answered in time.', leadsTo: waits },
  'example-not-done': {
    means: 'The payload that was to be carried out was refused, or failed.',
    leadsTo: 'Nothing can be shown: give another payload with --examples.',
  },
  'repeat-unanswered': {
    means: 'A command that came again was not answered again.',
    leadsTo: `The first answer may be lost. ${waits}`,
  },
  'answer-changed': {
    means: 'A command that came again was answered otherwise than before.',
    leadsTo: 'The saga goes on by the first answer that it sees, which may be the wrong one.',
  },
  'done-twice': { means: 'A command that came again took effect again.', leadsTo: twice },
  'undone-twice': { means: 'An undo that came again took effect again.', leadsTo: twice },
  'done-after-undo': {
    means: 'A command that came again after its undo took effect again.',
    leadsTo: 'What was undone is there again, and nobody will undo it.',
  },
  'not-undone': {
    means: 'An undo was answered as succeeded, and the effect is as it was.',
    leadsTo: 'The saga counts as undone, and is not.',
  },
  'undo-refused': {
    means: 'An undo of what was done, or of what was refused, was not answered as succeeded.',
    leadsTo: 'The saga is stuck and waits for a person.',
  },
  'refused-undone': {
    means: 'The undo of a refused command took effect.',
    leadsTo: 'Something is given back that was never taken.',
  },
  'early-undo-refused': {
    means: 'An undo that came before its command was not answered as succeeded.',
    leadsTo: 'The saga is stuck and waits for a person.',
  },
  'early-undo-done': {
    means: 'An undo that came before its command took effect.',
    leadsTo: 'Something is given back that was never taken.',
  },
  'undo-forgotten': {
    means: 'A command that came after its undo was not refused.',
    leadsTo: 'It takes effect after the saga has ended, and nobody will undo it.',
  },
  'visits-mixed': {
    means: 'What was known of one visit of a step was taken for another visit.',
    leadsTo: 'Loops skip steps.',
  },
  'steps-mixed': {
    means: 'What was known of one step was taken for another step of the saga.',
    leadsTo: 'Steps with the same command are skipped.',
  },
  'other-body-answered': {
    means: 'A command that came with a known id and another body was answered.',
    leadsTo: 'The sender takes the answer to one payload for the answer to another.',
  },
  'other-body-done': {
    means: 'A command that came with a known id and another body took effect.',
    leadsTo: twice,
  },
  'key-order-counted': {
    means: 'The same payload with its keys in another order was taken for another body.',
    leadsTo: `A sender that keeps its commands as jsonb sends them so. ${waits}`,
  },
  'deadline-obeyed': {
    means: 'A command was not carried out because its ce_deadline was over.',
    leadsTo: 'A slow broker makes sagas fail.',
  },
  'old-command-done': {
    means: 'A command that is older than any fence remembers was carried out.',
    leadsTo: 'It may have been done, and forgotten, before.',
  },
  'old-undo-guessed': {
    means: 'An undo that is older than any fence remembers was answered as succeeded.',
    leadsTo: 'What it should undo may have been done, and forgotten.',
  },
  'unknown-header-minded': {
    means: 'A command with a header more, or with a charset in content-type, was not carried out.',
    leadsTo: 'Tracing tools and later releases add headers.',
  },
  'malformed-done': {
    means: 'A record that is no command, or whose payload does not fit, was carried out.',
    leadsTo: 'A typo somewhere else moves money.',
  },
  'partition-blocked': {
    means: 'After a record that is no command nothing of its partition was answered any more.',
    leadsTo: 'One bad record stops a part of all sagas until a person comes.',
  },
  'answered-before-commit': {
    means: 'The answer was there before the effect was.',
    leadsTo: 'After a crash in between, the saga has heard of something that never happened.',
  },
  'no-effect': {
    means: 'A command was answered as succeeded, and the SQL shows no effect.',
    leadsTo: 'Nothing can be shown by this SQL, or nothing was done.',
  },
  'reply-unreadable': { means: 'A reply is no message of the protocol.', leadsTo: lost },
  'reply-misfit': {
    means: 'What was answered as succeeded does not fit the reply of the contract.',
    leadsTo: lost,
  },
  'header-missing': { means: 'A reply lacks a header.', leadsTo: lost },
  'header-wrong': { means: 'A header of a reply does not say what it must.', leadsTo: lost },
  'causation-wrong': {
    means: 'The ce_causationid of a reply is not the id of the command that it answers.',
    leadsTo: lost,
  },
  'key-wrong': {
    means: 'The key of a reply is not the id of the saga.',
    leadsTo: 'Replies to one saga overtake each other.',
  },
  'partition-wrong': {
    means: 'A reply is not in the partition that murmur2 of its key chooses.',
    leadsTo: 'Replies to one saga from two services overtake each other.',
  },
} as const satisfies Record<string, BreachEntry>

export type BreachName = keyof typeof breachTable
