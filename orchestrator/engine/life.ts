// The life of a saga: from which status it may come into which one, and by what. `advance` holds
// every move against it, and docs/state-machine.md is drawn from it.
import type { SagaStatus } from './saga.ts'

const paused = 'a person pauses it'
const terminated = 'a person terminates it'
const stuck = 'a step that can only go on is used up, or the definition throws'

type Ways = { readonly [to in SagaStatus]?: string }

/** What a saga may be right after its start. */
export const births: Ways = {
  scheduled: 'its start is for later',
  waiting: 'it takes locks',
  running: 'it starts at once',
  completed: 'there is nothing to do',
  compensated: 'it fails at once, before anything was done',
}

export const life: { readonly [from in SagaStatus]: Ways } = {
  scheduled: {
    waiting: 'its time comes, and it takes locks',
    running: 'its time comes',
    completed: 'its time comes, and there is nothing to do',
    compensating: 'its time comes, and it fails at once',
    compensated: 'it is cancelled, or fails before anything was done',
    stuck,
    paused,
    terminated,
  },
  waiting: {
    running: 'it holds its locks',
    completed: 'it holds its locks, and there is nothing to do',
    compensating: 'it holds its locks, and fails at once',
    compensated: 'its locks are not free in time, it is cancelled, or fails at once',
    stuck,
    paused,
    terminated,
  },
  running: {
    completed: 'the statechart reaches its end',
    compensating: 'a step is refused or unknown, a wait or the deadline is over, it is cancelled',
    compensated: 'it fails, and nothing was done that must be undone',
    stuck,
    paused,
    terminated,
  },
  compensating: {
    compensated: 'all is undone',
    completed: 'what a completed statechart left behind is undone',
    stuck: 'an undo is refused or used up',
    paused,
    terminated,
  },
  stuck: {
    scheduled: 'it is retried before it began',
    running: 'it is retried or skipped, or a late answer comes',
    compensating: 'an undo is retried or skipped, it is cancelled, or its deadline is over',
    completed: 'the last step is skipped, or its late answer comes',
    compensated: 'the last undo is skipped or its late answer comes, or there is none to send',
    abandoned: 'a person abandons it',
    paused,
    terminated,
  },
  paused: {
    scheduled: 'it is resumed',
    waiting: 'it is resumed',
    running: 'it is resumed',
    compensating: 'it is resumed',
    stuck: 'it is resumed',
    completed: 'it is resumed, and the last answer came meanwhile',
    compensated: 'it is resumed, and the last answer came meanwhile',
    terminated,
  },
  completed: {
    compensating: 'it is a child, and its parent takes it back',
    compensated: 'it is a child that did nothing, and its parent takes it back',
  },
  compensated: {},
  abandoned: {},
  terminated: {},
}

/** `from` is null for a start. */
export function mayBecome(from: SagaStatus | null, to: SagaStatus): boolean {
  if (from === null) return births[to] !== undefined
  return from === to || life[from][to] !== undefined
}
