// Every kind of breach that the auditor can find: what it means and what to do about it. The page
// docs/reliability.md has the same table, held against it by a test.

export type BreachEntry = { readonly means: string; readonly toDo: string }

const restore = 'Look what wrote to the row beside Sagaline; a person mends it.'
const bug = 'Keep the rows and report it: the engine would not do that.'

export const breachTable = {
  'saga.unreadable': {
    means: 'Its row or an entry of its history cannot be read, though the key is there.',
    toDo: restore,
  },
  'saga.waits-for-nothing': {
    means: 'It has not ended, and no timer, reply, lock, signal or person will move it.',
    toDo: 'Terminate it or cancel it over REST, and report it.',
  },
  'saga.steps-contradict-its-end': {
    means: 'It has ended, and a step of it is still pending, or done and not undone.',
    toDo: bug,
  },
  'saga.end-undated': {
    means: 'It has ended without the time of its end, or has such a time and lives.',
    toDo: restore,
  },
  'timer.missing': {
    means: 'It waits for a moment, and no row in `timers` will wake it then, or too late.',
    toDo: 'Insert the row with its saga id and the time; report it.',
  },
  'timer.overdue': {
    means: 'It should have been woken more than a minute ago.',
    toDo: 'See that an orchestrator runs that has its definition and its key.',
  },
  'timer.stray': {
    means: 'A row in `timers` belongs to a saga that has ended, or to none.',
    toDo: 'Harmless; delete it. Report it.',
  },
  'lock.missing': {
    means: 'It wants or holds a lock, and has no place in its queue.',
    toDo: 'Others may hold the same key meanwhile: compare what both did.',
  },
  'lock.not-handed-on': {
    means: 'It is the first in all its queues, and nothing will tell it soon.',
    toDo: 'Set its row in `timers` to now; report it.',
  },
  'lock.stray': {
    means: 'A place in the queue of a lock belongs to a saga that has ended, or to none.',
    toDo: 'Delete it, and set the row in `timers` of the next in the queue to now; report it.',
  },
  'publish-batch.old': {
    means: 'Messages of a commit are not in Kafka after more than a minute.',
    toDo: 'See that Kafka takes records on all topics, and that an orchestrator runs.',
  },
  'outbox.old': {
    means: 'A message in an outbox is not in Kafka after more than a minute.',
    toDo: 'See that Kafka takes records, and that the service runs.',
  },
  'held-event.old': {
    means: 'A reply or signal has waited for a day for an instance with definition and key.',
    toDo: 'Start an orchestrator that has them.',
  },
  'held-start.old': {
    means: 'A start over Kafka has waited for more than a day.',
    toDo: 'See that an orchestrator runs: it parks such starts.',
  },
  'key.without-saga': {
    means: 'An idempotency key names a saga that is not there.',
    toDo: 'The start was answered and is lost: look what removed the saga.',
  },
  'history.gap': {
    means: 'Entries of the history, or numbers of lifecycle events in it, are missing.',
    toDo: restore,
  },
  'history.end-differs': {
    means: 'The last entry says another status or state than the row.',
    toDo: restore,
  },
  'history.sent-twice': {
    means: 'One sending of a command is recorded twice.',
    toDo: bug,
  },
  'history.illegal-event': {
    means: 'Played again, the engine decides otherwise than is recorded: the first such entry.',
    toDo: 'Compare the functions of the definition with those that it ran with; else report it.',
  },
  'history.state-differs': {
    means: 'Played again, the history gives another saga than the row.',
    toDo: restore,
  },
  'history.without-saga': {
    means: 'A history belongs to no saga.',
    toDo: 'Look what removed the saga.',
  },
  'receipt.missing': {
    means: 'A service answered a command, and has no row in its fence that says so.',
    toDo: 'Look what removed the row: a repeat of the command would take effect again.',
  },
  'receipt.disagrees': {
    means: 'The fence of a service says otherwise than its answer did.',
    toDo: restore,
  },
  'receipt.unasked': {
    means: 'A service carried out a step that its saga never entered.',
    toDo: 'Look who sent the command; undo its effect by hand. After a restore: see below.',
  },
  'receipt.without-saga': {
    means: 'A service carried out a command of a saga that is not there.',
    toDo: 'Look who sent the command, or what removed the saga.',
  },
  'effect.not-undone': {
    means: 'The saga counts a step as undone, and its effect is there.',
    toDo: 'Undo it by hand; report it.',
  },
  'effect.of-refused-step': {
    means: 'The saga was told that a step was refused, and its effect is there.',
    toDo: 'Undo it by hand; report it.',
  },
  'effect.unflagged': {
    means: 'The effect of a step that was given up is there, and nobody was told.',
    toDo: 'Undo it by hand, or leave it; report it.',
  },
  'effect.twice': {
    means: 'Two databases did the same visit of the same step.',
    toDo: 'Two services take commands from one topic in groups of their own: mend that.',
  },
  'undo.unasked': {
    means: 'A step was undone, or barred, though its saga never asked for that.',
    toDo: 'Look who sent the undo. After a restore it was the saga: see below.',
  },
  'undo.without-do': {
    means: 'A fence says that a step was undone which it never did.',
    toDo: restore,
  },
  'told.missing': {
    means: 'Kafka confirmed a lifecycle event, and it is not on the topic.',
    toDo: 'Look at the retention and the replicas of the topic. The history has it.',
  },
  'told.otherwise': {
    means: 'The lifecycle events of a saga tell another saga than the row.',
    toDo: 'Look who else writes to the topic; else report it.',
  },
  'told.without-history': {
    means: 'A lifecycle event is in no history: of no saga, or beyond what its saga has.',
    toDo: 'The database was set back, or somebody else writes to the topic.',
  },
} as const satisfies Record<string, BreachEntry>

export type BreachName = keyof typeof breachTable

export type Breach = {
  readonly type: 'breach'
  readonly name: BreachName
  /** Null where it is no saga's. */
  readonly sagaId: string | null
  /** Which row, and what is wrong with it, in words. Never data of a saga. */
  readonly subject: string
}

/** What could not be judged, so that it is not taken for fine. */
export type NotJudged = {
  readonly type: 'not-judged'
  readonly what: string
  readonly sagaId: string
}

export type Finding = Breach | NotJudged

export function breach(name: BreachName, sagaId: string | null, subject: string): Breach {
  return { type: 'breach', name, sagaId, subject }
}

export function notJudged(sagaId: string, what: string): NotJudged {
  return { type: 'not-judged', what, sagaId }
}
