// Two orchestrators and a participant on the real Kafka, with everything that can come late, twice,
// in another order or from somewhere else: a saga that turned back leaves no effect, and a reply
// moves its saga once or not at all.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Db } from '../../messaging/db.ts'
import { listDeadLetters } from '../messaging/list-dead-letters.ts'
import { ledgerOf } from '../participant/ledger.ts'
import { awaitUntil } from '../system/await-until.ts'
import type { Written } from '../system/raw-kafka.ts'
import {
  deliveredTopic,
  type Entry,
  HeldLedger,
  ledgerService,
  madeUpReply,
} from './held-ledger.ts'
import { beginAll, type Case, type Move, makeMoves, orderingsOf } from './held-orderings.ts'
import { factsOf, times } from './history-facts.ts'

let ledger: HeldLedger
let ledgerDb: Db
let sagasDb: Db

beforeAll(async () => {
  ledger = await HeldLedger.start()
  ledgerDb = ledger.world.parcelsDb
  sagasDb = ledger.world.sagasDb
})
afterAll(() => ledger.world.stop())

async function status(sagaId: string): Promise<string> {
  return (await ledger.client.saga(sagaId)).status
}

async function awaitLetter(db: Db, { topic, partition, offset }: Written) {
  return awaitUntil('the record is parked', async () => {
    const letters = await listDeadLetters(db, { limit: 1_000 })
    return letters.find(
      ({ record }) =>
        record.topic === topic && record.partition === partition && record.offset === offset,
    )
  })
}

const changesNothing = ({ facts }: Entry) =>
  facts.length === 1 && /^reply\.(late|duplicate)$/.test(facts[0]?.type ?? '')

/** The facts by which it moved, and how many replies came and changed nothing. */
async function storyOf(sagaId: string) {
  const entries = await ledger.entries(sagaId)
  const replied = entries.filter(({ event }) => event.type === 'replied')
  const moved = entries.filter((entry) => !changesNothing(entry)).flatMap(({ facts }) => facts)
  const moves = moved
    .filter(({ type, direction, attempt }) => {
      const isResend = type === 'command.sent' && direction === 'undo' && attempt !== 1
      return type !== 'undo.timed-out' && !isResend
    })
    .map(({ type, direction, attempt }) => (direction ? `${type} ${direction}#${attempt}` : type))
  return { moves, replied: replied.length, idle: replied.filter(changesNothing).length }
}

/** What is told of each case, by its order of moves. */
async function tell<T>(cases: readonly Case[], of: (one: Case) => T | Promise<T>) {
  const told = await Promise.all(cases.map(async (one) => [one.name, await of(one)] as const))
  return Object.fromEntries(told)
}

const orderOf = ({ ordering }: Case, move: Move) => ordering.indexOf(move)
const firstDo = (one: Case) => Math.min(orderOf(one, 'do'), orderOf(one, 'do again'))

describe('a saga that turned back for want of an answer, in each of 120 orders', () => {
  const orderings = orderingsOf(['do', 'do again', 'undo', 'undo again', 'late reply'])
  let cases: readonly Case[] = []
  beforeAll(async () => {
    // Answered in the end, the saga is still compensating when the late reply comes; else it may
    // be over.
    const both = orderings.flatMap((ordering) =>
      [false, true].map((isPrompt) => ({ ordering, isPrompt })),
    )
    cases = await beginAll(ledger, 'hasty', both)
    await makeMoves(ledger, cases)
  })

  const isDoneFirst = (one: Case) =>
    firstDo(one) < Math.min(orderOf(one, 'undo'), orderOf(one, 'undo again'))

  it('is one for each order, and both orchestrators take replies', () => {
    expect(new Set(orderings.map((ordering) => ordering.join())).size).toBe(120)
    expect(ledger.commits.every((commits) => commits > 0)).toBe(true)
  })

  it('ends compensated, without an effect', async () => {
    const ends = await tell(cases, async ({ sagaId }) => {
      const { status, stuck, steps } = await ledger.client.saga(sagaId)
      const effect = await ledgerOf(ledgerDb, sagaId)
      return { status, stuck, steps, effect, fence: await ledger.fenceState(sagaId, 'first') }
    })
    const promised = await tell(cases, (one) => ({
      status: 'compensated',
      stuck: null,
      steps: [expect.objectContaining({ name: 'first', outcome: 'unknown', undo: 'done' })],
      effect: { sum: 0, rows: isDoneFirst(one) ? 2 : 0 },
      fence: isDoneFirst(one) ? 'undone' : 'blocked',
    }))
    expect(ends).toEqual(promised)
  })

  it('is moved by the first reply to its undo, and by no other', async () => {
    const forward = ['command.sent do#1', 'step.timed-out do#1', 'command.sent do#2']
    const back = ['step.timed-out do#2', 'step.unknown do#2', 'saga.compensating']
    const undone = ['command.sent undo#1', expect.stringMatching(/^undo.succeeded undo#\d+$/)]
    const stories = await tell(cases, ({ sagaId }) => storyOf(sagaId))
    const promised = await tell(cases, (one) => {
      const isMadeUp = orderOf(one, 'late reply') < orderOf(one, 'do again')
      const copies = 2 * (isMadeUp ? 5 : 4)
      const moves = ['saga.started', ...forward, ...back, ...undone, 'saga.compensated']
      return { moves, replied: copies, idle: copies - 1 }
    })
    expect(stories).toEqual(promised)
  })

  it('has its do refused once its undo has come', async () => {
    const replies = await tell(cases, ({ sagaId }) =>
      ledger.replies(sagaId, { direction: 'do' }).map(({ message }) => message),
    )
    const done = { outcome: 'succeeded', data: { balance: 1 } }
    const code = expect.objectContaining({ code: 'UNDONE_BEFORE_DONE' })
    const blocked = { outcome: 'refused', data: code }
    const promised = await tell(cases, (one) => {
      const reply = expect.objectContaining(isDoneFirst(one) ? done : blocked)
      return [reply, reply]
    })
    expect(replies).toEqual(promised)
  })
})

describe('a saga that asks until it is answered, in each of 24 orders', () => {
  const orderings = orderingsOf(['do', 'do again', 'reply', 'late reply'])
  let cases: readonly Case[] = []
  beforeAll(async () => {
    const plain = orderings.map((ordering) => ({ ordering, isPrompt: false }))
    cases = await beginAll(ledger, 'single', plain)
    await makeMoves(ledger, cases)
  })

  it('completes, done once, and never sends an undo', async () => {
    const ends = await tell(cases, async ({ sagaId }) => {
      const { status } = await ledger.client.saga(sagaId)
      const undos = ledger.commands(sagaId, { direction: 'undo' }).length
      const effect = await ledgerOf(ledgerDb, sagaId)
      return { status, undos, effect, fence: await ledger.fenceState(sagaId, 'first') }
    })
    const end = { status: 'completed', undos: 0, effect: { sum: 1, rows: 1 }, fence: 'done' }
    expect(ends).toEqual(await tell(cases, () => end))
  })

  it('is moved by the first reply, and by no other', async () => {
    const stories = await tell(cases, async ({ sagaId }) => {
      const { moves, replied, idle } = await storyOf(sagaId)
      const ends = moves.filter((move) => /^(step\.succeeded|saga\.completed)/.test(move))
      return { ends: ends.length, moved: replied - idle }
    })
    expect(stories).toEqual(await tell(cases, () => ({ ends: 2, moved: 1 })))
  })
})

describe('a reply', () => {
  it('that comes after its timeout counts as long as the saga still asks', async () => {
    const id = await ledger.begin('patient')
    const again = await ledger.command(id, { attempt: 2 })
    const late = await ledger.carryOut(await ledger.command(id, { attempt: 1 }))
    await ledger.answer(late)
    await ledger.finish(id, 'second')
    await ledger.answer(await ledger.carryOut(again))
    await ledger.settled([id])
    const facts = await factsOf(sagasDb, id)
    expect(facts).toContain('step.timed-out first do#1')
    expect(facts.filter((fact) => fact.startsWith('step.succeeded first'))).toHaveLength(1)
    expect(await status(id)).toBe('completed')
    expect(await ledgerOf(ledgerDb, id)).toEqual({ sum: 2, rows: 2 })
  })

  it('that two orchestrators get at the same time moves its saga once', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => ledger.begin('serene')))
    for (const step of ['first', 'second'] as const) {
      const before = [...ledger.commits]
      const replies = await Promise.all(
        ids.map(async (id) => ledger.carryOut(await ledger.command(id, { step }))),
      )
      await Promise.all(replies.map((reply) => ledger.answer(reply)))
      await ledger.settled(ids)
      const grew = ledger.commits.map((commits, at) => commits > (before[at] ?? 0))
      expect(grew, 'both take the replies').toEqual([true, true])
    }
    for (const id of ids) {
      const facts = await factsOf(sagasDb, id)
      expect(facts.toSorted()).toEqual(
        [
          ...['saga.started', 'command.sent first do#1', 'command.sent second do#1'],
          ...['step.succeeded first do#1', 'step.succeeded second do#1', 'saga.completed'],
          ...['reply.duplicate', 'reply.duplicate'],
        ].toSorted(),
      )
      expect(ledger.commands(id, { step: 'second' })).toHaveLength(1)
    }
  })

  it('to a command of another saga is parked, and moves neither', async () => {
    const [id, otherId] = await Promise.all([ledger.begin('serene'), ledger.begin('serene')])
    const reply = await ledger.carryOut(await ledger.command(otherId))
    const headers = { ...reply.record.headers, ce_sagaid: id }
    const letter = await awaitLetter(
      sagasDb,
      await ledger.writeReply({ ...reply.record, key: id, headers }),
    )
    expect(letter).toMatchObject({ code: 'REPLY_UNUSABLE' })
    for (const one of [id, otherId]) {
      const { steps } = await ledger.client.saga(one)
      expect(steps).toMatchObject([{ name: 'first', outcome: 'pending' }])
    }
    expect(times(await factsOf(sagasDb, id), 'reply.foreign')).toBe(1)
    await ledger.answer(reply)
    await ledger.finish(otherId, 'second')
    await ledger.finish(id, 'first')
    await ledger.finish(id, 'second')
    expect([await status(id), await status(otherId)]).toEqual(['completed', 'completed'])
  })

  it('that does not fit its contract is parked, and the saga goes on by its timeout', async () => {
    const id = await ledger.begin('patient')
    const command = await ledger.command(id)
    const { record } = madeUpReply(command, { balance: 'none' })
    const letter = await awaitLetter(sagasDb, await ledger.writeReply(record))
    expect(letter).toMatchObject({ code: 'REPLY_UNUSABLE' })
    await ledger.answer(await ledger.carryOut(await ledger.command(id, { attempt: 2 })))
    await ledger.finish(id, 'second')
    const facts = await factsOf(sagasDb, id)
    expect(times(facts, 'reply.malformed')).toBe(1)
    expect(times(facts, 'step.timed-out first do#1')).toBe(1)
    expect(await status(id)).toBe('completed')
    expect(await ledgerOf(ledgerDb, id)).toEqual({ sum: 2, rows: 2 })
  })
})

describe('a success that is heard of', () => {
  const by = { actor: 'ada', reason: 'the customer called' }

  async function flagsOf(id: string) {
    const { status, flags } = await ledger.client.saga(id)
    return { status, flags }
  }

  it('before its saga is terminated is no news; after that it flags the saga, once', async () => {
    const ids = await Promise.all([ledger.begin('serene'), ledger.begin('serene')])
    const replies = await Promise.all(
      ids.map(async (id) => ledger.carryOut(await ledger.command(id))),
    )
    const [known, unheard] = replies
    if (known === undefined || unheard === undefined) throw new Error('two replies')
    await ledger.answer(known)
    await ledger.settled(ids)
    for (const id of ids) expect((await ledger.client.tell(id, 'terminate', by)).status).toBe(202)
    for (const reply of [known, unheard, unheard]) await ledger.answer(reply)
    await ledger.settled(ids)
    const [knownId = '', unheardId = ''] = ids
    expect(await flagsOf(knownId)).toEqual({ status: 'terminated', flags: [] })
    expect(await flagsOf(unheardId)).toEqual({
      status: 'terminated',
      flags: [expect.objectContaining({ step: 'first', direction: 'do' })],
    })
    const facts = await factsOf(sagasDb, unheardId)
    expect(facts.filter((fact) => fact.startsWith('command.sent'))).toEqual([
      'command.sent first do#1',
    ])
  })

  it('after its step was skipped as not done flags the saga, once', async () => {
    const id = await ledger.begin('onward')
    await ledger.finish(id, 'first')
    const reply = await ledger.carryOut(await ledger.command(id, { step: 'second' }))
    await awaitUntil('it is stuck', async () => (await status(id)) === 'stuck')
    const skipped = { ...by, step: 'second', effect: 'none' }
    expect((await ledger.client.tell(id, 'skip', skipped)).status).toBe(202)
    expect(await flagsOf(id)).toEqual({ status: 'running', flags: [] })
    for (let copies = 0; copies < 2; copies += 1) await ledger.answer(reply)
    await ledger.settled([id])
    await ledger.finish(id, 'third')
    expect(await flagsOf(id)).toEqual({
      status: 'completed',
      flags: [expect.objectContaining({ step: 'second', direction: 'do' })],
    })
  })
})

describe('a command', () => {
  it('that comes with the id of another one and a body of its own is parked, not done', async () => {
    const id = await ledger.begin('serene')
    const { record } = await ledger.command(id)
    const reply = await ledger.carryOut(await ledger.command(id))
    const value = Buffer.from(JSON.stringify({ amount: 1_000 }))
    const written = await ledger.world.kafka.write({ ...record, topic: deliveredTopic, value })
    const letter = await awaitLetter(ledgerDb, written)
    expect(letter).toMatchObject({ code: 'BODY_MISMATCH', consumer: ledgerService })
    await ledger.answer(reply)
    await ledger.finish(id, 'second')
    expect(ledger.replies(id, { step: 'first' })).toEqual([reply])
    expect(await ledgerOf(ledgerDb, id)).toEqual({ sum: 2, rows: 2 })
  })
})

describe('a poison record between two good ones of its partition', () => {
  const partition = 0
  const poison = { partition, key: null, value: Buffer.from('neither this nor that') }

  it('is parked, and the replies before and after it are taken', async () => {
    const ids = await Promise.all([ledger.begin('serene'), ledger.begin('serene')])
    const [before, after] = await Promise.all(
      ids.map(async (id) => ledger.carryOut(await ledger.command(id))),
    )
    if (before === undefined || after === undefined) throw new Error('two replies')
    await ledger.writeReply({ ...before.record, partition })
    const written = await ledger.writeReply(poison)
    await ledger.writeReply({ ...after.record, partition })
    for (const id of ids) await ledger.finish(id, 'second')
    expect(await Promise.all(ids.map(status))).toEqual(['completed', 'completed'])
    expect(await awaitLetter(sagasDb, written)).toMatchObject({ code: 'REPLY_UNUSABLE' })
  })

  it('is parked, and the commands before and after it are carried out', async () => {
    const ids = await Promise.all([ledger.begin('serene'), ledger.begin('serene')])
    const [before, after] = await Promise.all(ids.map((id) => ledger.command(id)))
    if (before === undefined || after === undefined) throw new Error('two commands')
    await ledger.deliver({ ...before, record: { ...before.record, partition } })
    const written = await ledger.world.kafka.write({ ...poison, topic: deliveredTopic })
    await ledger.deliver({ ...after, record: { ...after.record, partition } })
    await ledger.settled(ids)
    for (const id of ids) expect(await ledgerOf(ledgerDb, id)).toEqual({ sum: 1, rows: 1 })
    expect(await awaitLetter(ledgerDb, written)).toMatchObject({ code: 'COMMAND_MALFORMED' })
  })
})
