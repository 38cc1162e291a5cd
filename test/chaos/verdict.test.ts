// The verdict finds whatever is planted into the findings of a run in which all went well, and a
// fault that was planned and did not happen.
import { expect, it } from 'vitest'
import { type Findings, judge, leastOf } from './verdict.ts'

const well: Findings = {
  plan: [
    { kind: 'broker.killed', atMs: 1, seed: 1 },
    { kind: 'broker.killed', atMs: 2, seed: 2 },
    { kind: 'clock.stepped', atMs: 3, seed: 3 },
  ],
  faults: [
    { kind: 'broker.killed', fromMs: 1, toMs: 2, seen: 'broker 1' },
    { kind: 'broker.killed', fromMs: 2, toMs: 3, seen: 'broker 2' },
    { kind: 'clock.stepped', fromMs: 3, toMs: 4, seen: 'orders' },
  ],
  ended: 90,
  least: { sagas: 90, faults: 2, kinds: 1 },
  problems: [],
  notEnded: [],
  drainMs: 59_999,
  drainMsMax: 60_000,
  letters: [{ topic: 'orders.commands', code: 'COMMAND_MALFORMED', reason: 'x', mark: 'a' }],
  poison: new Set(['a']),
  money: { sold: 700, taken: 700 },
  leftovers: { 'sagas.timers': 0 },
  thrown: [],
  breaches: [],
}

const letter = { topic: 'sagaline.replies', code: 'REPLY_UNUSABLE', reason: 'x' }

const planted: readonly (readonly [string, Partial<Findings>])[] = [
  ['fault.did-not-happen', { faults: well.faults.slice(1) }],
  ['fault.did-not-happen', { faults: well.faults.slice(0, 2) }],
  [
    'fault.did-not-happen',
    {
      faults: [
        ...well.faults.slice(0, 2),
        { kind: 'clock.stepped', fromMs: 3, toMs: 4, seen: null, problem: 'nobody answered' },
      ],
    },
  ],
  ['run.too-small', { ended: 89 }],
  ['run.too-small', { least: { ...well.least, faults: 4 } }],
  ['run.too-small', { least: { ...well.least, kinds: 3 } }],
  ['start.two-sagas', { problems: [{ name: 'start.two-sagas', subject: 'chaos-1' }] }],
  ['saga.not-ended', { notEnded: ['chaos-1'] }],
  ['drain.too-long', { drainMs: 60_001 }],
  ['drain.too-long', { drainMs: null }],
  ['letter.unexplained', { letters: [...well.letters, { ...letter, mark: null }] }],
  ['letter.unexplained', { letters: [...well.letters, { ...letter, mark: 'of another run' }] }],
  ['letter.missing', { poison: new Set(['a', 'b']) }],
  ['money.differs', { money: { sold: 700, taken: 800 } }],
  ['left-over', { leftovers: { 'sagas.timers': 1 } }],
  ['process.threw', { thrown: ['orders'] }],
  ['receipt.missing', { breaches: [{ name: 'receipt.missing', subject: 'a saga' }] }],
]

it('is empty when all went well', () => {
  expect(judge(well)).toEqual([])
})

it.each(planted)('finds a planted %s', (name, change) => {
  expect(judge({ ...well, ...change }).map((violation) => violation.name)).toEqual([name])
})

it('asks of ten minutes what was promised of them, and of less accordingly', () => {
  expect(leastOf(10, 2_000)).toEqual({ sagas: 20_000, faults: 100, kinds: 14 })
  expect(leastOf(1, 200)).toEqual({ sagas: 200, faults: 10, kinds: 10 })
})

it('says why a fault did not happen', () => {
  const failed = {
    kind: 'clock.stepped',
    fromMs: 3,
    toMs: 4,
    seen: null,
    problem: 'nobody answered',
  }
  const [violation] = judge({ ...well, faults: [...well.faults.slice(0, 2), failed] })
  expect(violation?.subject).toBe('clock.stepped: 1 planned and not seen: nobody answered')
})
