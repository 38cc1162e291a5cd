// Many sagas whose messages wait in the test's hands, each of which gets them in another order: all
// sagas make their first move, then all of them the second, and so on.
import type { Direction } from '../../messaging/message.ts'
import { awaitUntil } from '../system/await-until.ts'
import { type Held, type HeldLedger, madeUpReply } from './held-ledger.ts'
import type { LedgerSaga } from './ledger-sagas.ts'

const commands = {
  do: { direction: 'do', attempt: 1 },
  'do again': { direction: 'do', attempt: 2 },
  undo: { direction: 'undo', attempt: 1 },
  'undo again': { direction: 'undo', attempt: 2 },
} as const

export type CommandMove = keyof typeof commands
export type Move = CommandMove | 'reply' | 'late reply'

export type Case = {
  readonly ordering: readonly Move[]
  readonly name: string
  /** Each reply to an undo is passed on at once; else all of them in the end. */
  readonly isPrompt: boolean
  readonly sagaId: string
}

/** Every order of the moves. */
export function orderingsOf(moves: readonly Move[]): readonly (readonly Move[])[] {
  if (moves.length === 0) return [[]]
  return moves.flatMap((move, index) =>
    orderingsOf(moves.toSpliced(index, 1)).map((rest) => [move, ...rest]),
  )
}

/** A saga for each order, which has sent all of those commands. */
export async function beginAll(
  ledger: HeldLedger,
  saga: LedgerSaga,
  orderings: readonly { readonly ordering: readonly Move[]; readonly isPrompt: boolean }[],
): Promise<readonly Case[]> {
  const cases = await Promise.all(
    orderings.map(async ({ ordering, isPrompt }) => {
      const name = `${ordering.join(', ')}${isPrompt ? ', answered at once' : ''}`
      return { ordering, name, isPrompt, sagaId: await ledger.begin(saga) }
    }),
  )
  await awaitUntil('each has sent its commands', () =>
    cases.every(({ sagaId, ordering }) =>
      ordering.every(
        (move) => !isCommand(move) || ledger.commands(sagaId, commands[move]).length > 0,
      ),
    ),
  )
  return cases
}

export async function makeMoves(ledger: HeldLedger, cases: readonly Case[]): Promise<void> {
  const ids = cases.map(({ sagaId }) => sagaId)
  const answerAll = async (of: readonly Case[], which: { readonly direction?: Direction }) => {
    const held = of.flatMap(({ sagaId }) => ledger.heldReplies(sagaId, which))
    await Promise.all(held.map((reply) => ledger.answer(reply)))
    await ledger.settled(ids)
  }
  const prompt = cases.filter(({ isPrompt }) => isPrompt)
  const rounds = Math.max(...cases.map(({ ordering }) => ordering.length))
  for (let round = 0; round < rounds; round += 1) {
    await Promise.all(cases.map((one) => makeMove(ledger, one, round)))
    await ledger.settled(ids)
    await answerAll(prompt, { direction: 'undo' })
  }
  await answerAll(cases, {})
}

async function makeMove(ledger: HeldLedger, { ordering, sagaId }: Case, round: number) {
  const move = ordering[round]
  if (move === undefined) throw new Error(`no move ${round}`)
  if (!isCommand(move)) return ledger.answer(replyFor(ledger, sagaId, move))
  const [command] = ledger.commands(sagaId, commands[move])
  if (command === undefined) throw new Error(`${sagaId} has not sent its ${move}`)
  return ledger.deliver(command)
}

/** The late reply answers the second do. Before its do, a reply tells of one that the ledger does
 * not know of: its data was restored, say. */
function replyFor(ledger: HeldLedger, sagaId: string, move: 'reply' | 'late reply'): Held {
  const which = commands[move === 'reply' ? 'do' : 'do again']
  const [reply] = ledger.heldReplies(sagaId, which)
  if (reply !== undefined) return reply
  const [command] = ledger.commands(sagaId, which)
  if (command === undefined) throw new Error(`${sagaId} has sent nothing`)
  return madeUpReply(command, { balance: 1 })
}

function isCommand(move: Move): move is CommandMove {
  return move in commands
}
