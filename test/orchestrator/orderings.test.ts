// Two orchestrators and a participant on the real Kafka, with everything that can come late, twice,
// in another order or from somewhere else: a saga that turned back leaves no effect, and a reply
// moves its saga once or not at all.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Db } from '../../messaging/db.ts'
import { listDeadLetters } from '../../messaging/dead-letters.ts'
import { ledgerOf } from '../participant/ledger.ts'
import { awaitUntil } from '../system/await-until.ts'
import type { Written } from '../system/raw-kafka.ts'
import {
  deliveredTopic,
  type Entry,
  type Held,
  HeldLedger,
  ledgerService,
  madeUpReply,
} from './held-ledger.ts'
import { factsOf, times } from './history-facts.ts'

type Move = 'do' | 'undo' | 'late reply'

const moves: readonly Move[] = ['do', 'do', 'undo', 'undo', 'late reply']
const orderings = orderingsOf(moves)
/** Answered last, the saga is still compensating when the late reply comes; else it may be over. */
const answers = ['at once', 'last'] as const

function orderingsOf(left: readonly Move[]): readonly (readonly Move[])[] {
  if (left.length === 0) return [[]]
  return [...new Set(left)].flatMap((move) => {
    const others = orderingsOf(left.toSpliced(left.indexOf(move), 1))
    return others.map((rest) => [move, ...rest])
  })
}

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

describe('a saga that turned back for want of an answer', () => {
  type Case = {
    readonly ordering: readonly Move[]
    readonly name: string
    readonly undoIsAnswered: (typeof answers)[number]
  }
  const cases: readonly Case[] = answers.flatMap((undoIsAnswered) =>
    orderings.map((ordering) => ({ ordering, name: ordering.join(', '), undoIsAnswered })),
  )
  const sagaIds = new Map<Case, string>()
  const idOf = (one: Case) => sagaIds.get(one) ?? ''

  /** All side by side: first each saga has sent its commands, then each makes its next move. */
  beforeAll(async () => {
    for (const one of cases) sagaIds.set(one, await ledger.begin('hasty'))
    const ids = [...sagaIds.values()]
    await awaitUntil('each has sent its do twice and its undo twice', () =>
      ids.every((id) =>
        (['do', 'undo'] as const).every(
          (direction) => ledger.commands(id, { direction }).length >= 2,
        ),
      ),
    )
    for (let round = 0; round < moves.length; round += 1) {
      await Promise.all(cases.map((one) => make(one, round)))
      await ledger.settled(ids)
      const prompt = cases.filter(({ undoIsAnswered }) => undoIsAnswered === 'at once')
      await Promise.all(
        prompt.flatMap((one) =>
          ledger.heldReplies(idOf(one), { direction: 'undo' }).map((held) => ledger.answer(held)),
        ),
      )
      await ledger.settled(ids)
    }
    await Promise.all(
      ids.flatMap((id) => ledger.heldReplies(id).map((held) => ledger.answer(held))),
    )
    await ledger.settled(ids)
  })

  async function make(one: Case, round: number): Promise<void> {
    const { ordering } = one
    const move = ordering[round]
    const id = idOf(one)
    if (move === 'late reply') return ledger.answer(lateReply(id))
    if (move === undefined) throw new Error(`no move ${round}`)
    const earlier = ordering.slice(0, round).filter((other) => other === move).length
    const command = ledger.commands(id, { direction: move })[earlier]
    if (command === undefined) throw new Error(`no ${move} ${earlier} of ${id}`)
    return ledger.deliver(command)
  }

  /** Before any do it tells of one that the ledger does not know of: its data was restored, say. */
  function lateReply(id: string): Held {
    const [reply] = ledger.heldReplies(id, { direction: 'do' })
    if (reply !== undefined) return reply
    const [command] = ledger.commands(id, { direction: 'do' })
    if (command === undefined) throw new Error(`${id} has sent nothing`)
    return madeUpReply(command, { balance: 1 })
  }

  const isDoneFirst = ({ ordering }: Case) => ordering.indexOf('do') < ordering.indexOf('undo')

  it('comes in every order there is', () => {
    expect(new Set(orderings.map((ordering) => ordering.join())).size).toBe(30)
    expect(
      ledger.commits.every((commits) => commits > 0),
      'both take replies',
    ).toBe(true)
  })

  describe.each(answers)('its undo answered %s', (undoIsAnswered) => {
    const chosen = cases.filter((one) => one.undoIsAnswered === undoIsAnswered)

    it.each(chosen)('$name: ends compensated, without an effect', async (one) => {
      const saga = await ledger.client.saga(idOf(one))
      expect(saga).toMatchObject({ status: 'compensated', stuck: null })
      expect(saga.steps).toMatchObject([{ name: 'first', outcome: 'unknown', undo: 'done' }])
      const rows = isDoneFirst(one) ? 2 : 0
      expect(await ledgerOf(ledgerDb, idOf(one))).toEqual({ sum: 0, rows })
      const state = isDoneFirst(one) ? 'undone' : 'blocked'
      expect(await ledger.fenceState(idOf(one), 'first')).toBe(state)
    })

    it.each(chosen)(
      '$name: every reply after the first to its undo changes nothing',
      async (one) => {
        const entries = await ledger.entries(idOf(one))
        const forward = ['command.sent do#1', 'step.timed-out do#1', 'command.sent do#2']
        const back = ['step.timed-out do#2', 'step.unknown do#2', 'saga.compensating']
        const undone = [expect.stringMatching(/^undo.succeeded undo#\d+$/), 'saga.compensated']
        expect(movesOf(entries)).toEqual([
          'saga.started',
          ...forward,
          ...back,
          'command.sent undo#1',
          ...undone,
        ])
        const isMadeUp = one.ordering.indexOf('late reply') < one.ordering.indexOf('do')
        const copies = 2 * (isMadeUp ? 5 : 4)
        const replied = entries.filter(({ event }) => event.type === 'replied')
        expect(replied).toHaveLength(copies)
        expect(replied.filter(changesNothing)).toHaveLength(copies - 1)
      },
    )

    it.each(chosen)('$name: its do is refused once its undo has come', async (one) => {
      const replies = ledger.replies(idOf(one), { direction: 'do' })
      expect(replies).toHaveLength(2)
      for (const { message } of replies) {
        expect(message).toMatchObject(
          isDoneFirst(one)
            ? { outcome: 'succeeded', data: { balance: 1 } }
            : { outcome: 'refused', data: { code: 'UNDONE_BEFORE_DONE' } },
        )
      }
    })
  })

  const changesNothing = ({ facts }: Entry) =>
    facts.length === 1 && /^reply\.(late|duplicate)$/.test(facts[0]?.type ?? '')

  /** How it moved, without what changed nothing and without further tries of the undo. */
  function movesOf(entries: readonly Entry[]): readonly string[] {
    return entries
      .filter((entry) => !changesNothing(entry))
      .flatMap(({ facts }) => facts)
      .filter(({ type, direction, attempt }) => {
        const isResend = type === 'command.sent' && direction === 'undo' && attempt !== 1
        return type !== 'undo.timed-out' && !isResend
      })
      .map(({ type, direction, attempt }) => (direction ? `${type} ${direction}#${attempt}` : type))
  }
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
