// A saga for each state that one can stay in, and how it is brought there. All of them wait for the
// same signal at their end.
import { Type } from 'typebox'
import { defineSaga, defineSignal } from '../../orchestrator/index.ts'
import { defineCommand, handle, refused, succeeded } from '../../participant/index.ts'

const payload = Type.Object({ key: Type.String() }, { additionalProperties: false })
const neverMs = 3_600_000

const answered = { topic: 'matrix.commands', payload }
/** Nobody listens there. */
const silent = { topic: 'matrix.silence', payload }
const undone = defineCommand({ name: 'matrix.undone', ...answered })
const undoRefused = defineCommand({ name: 'matrix.undo-refused', ...answered })
const undoSilent = defineCommand({ name: 'matrix.undo-silent', ...silent })
const done = defineCommand({ name: 'matrix.done', ...answered, undo: undone })
const kept = defineCommand({ name: 'matrix.kept', ...answered, undo: undoRefused })
const held = defineCommand({ name: 'matrix.held', ...answered, undo: undoSilent })
const declined = defineCommand({ name: 'matrix.declined', ...answered })
const unheard = defineCommand({ name: 'matrix.unheard', ...silent, undo: undoSilent })

export const handlers = [
  ...[done, kept, held, undone].map((contract) => handle(contract, async () => succeeded())),
  ...[undoRefused, declined].map((contract) => handle(contract, async () => refused('no'))),
]

const nudge = defineSignal({ name: 'nudge', data: Type.Null() })
const last = { name: 'wait', waitFor: nudge, timeoutMs: neverMs, onTimeout: 'continue' } as const
const every = (name: string, version: number) =>
  ({
    ...{ name, version, input: payload, retry: { timeoutMs: neverMs } },
    businessKey: ({ key }: { readonly key: string }) => key,
  }) as const

const versioned = (version: number) => [
  defineSaga({ ...every('unheard', version), steps: [{ name: 'one', send: unheard }, last] }),
  defineSaga({
    ...every('locked', version),
    lock: () => ['the one key'],
    steps: [{ name: 'one', send: unheard }, last],
  }),
  defineSaga({ ...every('asking', version), steps: [{ name: 'one', send: done }, last] }),
  defineSaga({
    ...every('forward', version),
    steps: [
      { name: 'one', send: done, kind: 'pivot' },
      { name: 'two', send: unheard, kind: 'retriable' },
      last,
    ],
  }),
  ...(
    [
      ['turning', held],
      ['parked', kept],
      ['undone', done],
    ] as const
  ).map(([name, send]) =>
    defineSaga({
      ...every(name, version),
      steps: [{ name: 'one', send }, { name: 'two', send: declined, kind: 'pivot' }, last],
    }),
  ),
]

export const definitions = [1, 2].flatMap(versioned)

export type Way = {
  readonly saga: string
  readonly isLater?: boolean
  /** Its status when it is told the verb. */
  readonly before?: string
  readonly verb?: 'pause' | 'abandon' | 'terminate' | 'nudge'
  /** What the saga says of itself when it is there. */
  readonly status: string
  readonly state?: string
}

/** In the order of the matrix. */
export const states = [
  'scheduled',
  'locked',
  'running',
  'asking',
  'forward',
  'turning',
  'stuck',
  'paused',
  'completed',
  'compensated',
  'abandoned',
  'terminated',
] as const

export type State = (typeof states)[number]

export const ways: Readonly<Record<State, Way>> = {
  scheduled: { saga: 'unheard', isLater: true, status: 'scheduled' },
  locked: { saga: 'locked', status: 'waiting' },
  running: { saga: 'unheard', status: 'running' },
  asking: { saga: 'asking', status: 'running', state: 'wait' },
  forward: { saga: 'forward', status: 'running', state: 'two' },
  turning: { saga: 'turning', status: 'compensating' },
  stuck: { saga: 'parked', status: 'stuck' },
  paused: { saga: 'unheard', before: 'running', verb: 'pause', status: 'paused' },
  completed: { saga: 'asking', verb: 'nudge', status: 'completed' },
  compensated: { saga: 'undone', status: 'compensated' },
  abandoned: { saga: 'parked', before: 'stuck', verb: 'abandon', status: 'abandoned' },
  terminated: { saga: 'unheard', before: 'running', verb: 'terminate', status: 'terminated' },
}
