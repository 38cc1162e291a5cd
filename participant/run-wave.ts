// One wave in one transaction: look at the fence where that is needed, run the handlers of what is
// new, write the fence, commit. Two round trips however many commands, three when the fence is
// looked at. Called by `settle-wave.ts`.
import type { Db, Tx } from '../messaging/db.ts'
import type { SagaId } from '../messaging/message.ts'
import { type Answer, type Decision, decide, type FenceRow } from './fence.ts'
import {
  insertFences,
  lockFences,
  markUndone,
  type NewFence,
  type UndoneFence,
} from './fence-store.ts'
import type { Outcome } from './outcome.ts'
import type { OnPoint } from './points.ts'
import { crashOf, type Received } from './received.ts'
import { answerOf } from './reply.ts'
import { type HandlerCalls, runHandlers } from './run-handlers.ts'

export type WaveDeps = HandlerCalls & {
  readonly db: Db
  readonly onPoint: OnPoint
  /** Rows are deleted when older than this; a command as old without a row is not guessed at. */
  readonly fenceRetentionMs: number
}

export type Answered =
  | { readonly type: 'answered'; readonly received: Received; readonly answer: Answer }
  /** The same id came with another body: a person must look. */
  | { readonly type: 'mismatch'; readonly received: Received }

/** A command for somebody outside of the database; that it is asked for is committed. */
export type Outside = {
  readonly received: Received
  /** It may have been called before. */
  readonly isRepeat: boolean
}

export type WaveResult = {
  readonly answers: readonly Answered[]
  readonly outside: readonly Outside[]
}

/** What a wave adds up to before it is written. */
type Plan = {
  readonly answers: Answered[]
  readonly outside: Outside[]
  readonly inserts: NewFence[]
  readonly undone: UndoneFence[]
}

/**
 * Commands of `trusted` are taken to be new without a look: one that is not makes a fence race.
 * @throws what `waveFailed` makes when commands are at fault; a fence race; database trouble.
 */
export function runWave(
  deps: WaveDeps,
  wave: readonly Received[],
  trusted: ReadonlySet<Received> = nobody,
): Promise<WaveResult> {
  return deps.db.transaction(async (tx) => {
    const now = deps.clock.now()
    const looked = wave.filter((received) => !trusted.has(received))
    const rows = await findFences(tx, looked)
    const plan: Plan = { answers: [], outside: [], inserts: [], undone: [] }
    const work = decideAll(deps, { wave, trusted, rows, plan, now })
    const outcomes = await runHandlers(deps, tx, work)
    for (const [received, outcome] of outcomes) addOutcome(deps, { received, outcome, plan, now })
    write(tx, plan)
    await deps.onPoint('participant.before-commit')
    await crashOf(wave, 'crash-before-commit')?.happen()
    return plan
  })
}

const nobody: ReadonlySet<Received> = new Set()

/** Those that may run without a look at the fence: nearly all, and nearly always they are new. */
export function trustedOf(deps: WaveDeps, wave: readonly Received[]): ReadonlySet<Received> {
  const oldest = oldestRemembered(deps, deps.clock.now())
  return new Set(
    wave.filter(
      ({ direction, handler, command: { attempt, issuedAt } }) =>
        direction === 'do' && handler.type !== 'outside' && attempt === 1 && issuedAt >= oldest,
    ),
  )
}

/** Nothing is asked where there is nothing to look for. */
async function findFences(
  tx: Tx,
  wave: readonly Received[],
): Promise<ReadonlyMap<SagaId, FenceRow>> {
  if (wave.length === 0) return new Map()
  return lockFences(
    tx,
    wave.map((received) => received.command),
  )
}

export async function isAnyKnown(deps: WaveDeps, wave: readonly Received[]): Promise<boolean> {
  if (wave.length === 0) return false
  return deps.db.transaction(async (tx) => (await findFences(tx, wave)).size > 0)
}

function oldestRemembered({ fenceRetentionMs }: WaveDeps, now: Date): Date {
  return new Date(now.getTime() - fenceRetentionMs)
}

type Deciding = {
  readonly wave: readonly Received[]
  readonly trusted: ReadonlySet<Received>
  readonly rows: ReadonlyMap<SagaId, FenceRow>
  readonly plan: Plan
  readonly now: Date
}

/** Returns the commands whose handler must run. */
function decideAll(
  deps: WaveDeps,
  { wave, trusted, rows, plan, now }: Deciding,
): readonly Received[] {
  const oldest = oldestRemembered(deps, now)
  const work: Received[] = []
  for (const received of wave) {
    const row = rows.get(received.command.sagaId) ?? null
    // One that has come of age since it was trusted is no case for the memory of the fence.
    const decision = trusted.has(received) ? run : decide(received, row, oldest)
    if (decision.type !== 'run') addDecision(plan, received, decision)
    else if (isForOutside(received, row)) addOutside(plan, received, row)
    else work.push(received)
  }
  return work
}

/** Also the undo of what is asked for: only those outside know whether there is something to undo. */
function isForOutside({ handler, payloadProblem }: Received, row: FenceRow | null): boolean {
  if (row?.state === 'asked') return true
  return handler.type === 'outside' && payloadProblem === null
}

function addOutside(plan: Plan, received: Received, row: FenceRow | null): void {
  plan.outside.push({ received, isRepeat: row !== null })
  if (row === null) plan.inserts.push(askedFence(received))
}

function addDecision(plan: Plan, received: Received, decision: Exclude<Decision, Run>): void {
  switch (decision.type) {
    case 'answer':
      plan.answers.push({ type: 'answered', received, answer: decision.answer })
      return
    case 'block':
      plan.inserts.push(blockedFence(received))
      plan.answers.push({ type: 'answered', received, answer: nothingToUndo })
      return
    case 'mismatch':
      plan.answers.push({ type: 'mismatch', received })
  }
}

type Run = { readonly type: 'run' }
const run: Run = { type: 'run' }

const nothingToUndo: Answer = { outcome: 'succeeded', data: null, events: [] }

type Adding = {
  readonly received: Received
  readonly outcome: Outcome
  readonly plan: Plan
  readonly now: Date
}

function addOutcome(deps: WaveDeps, { received, outcome, plan, now }: Adding): void {
  const answer = answerOf(received, outcome, { cipher: deps.cipher, now })
  plan.answers.push({ type: 'answered', received, answer })
  if (received.direction === 'do') plan.inserts.push(doneFence(received, answer))
  else plan.undone.push(undoneFence(received, answer))
}

/** Not awaited: the commit goes out right behind, and fails if one of these does. */
function write(tx: Tx, plan: Plan): void {
  // Sorted by saga id like every wave, so that concurrent duplicates meet in one order.
  plan.inserts.sort((a, b) => (a.sagaId < b.sagaId ? -1 : 1))
  if (plan.inserts.length > 0) void insertFences(tx, plan.inserts).catch(() => undefined)
  if (plan.undone.length > 0) void markUndone(tx, plan.undone).catch(() => undefined)
}

function blockedFence({ command, bodyHash }: Received): NewFence {
  const { sagaId, step, visit } = command
  const empty = { bodyHash: null, reply: null, events: null }
  return { sagaId, step, visit, state: 'blocked', undoBodyHash: bodyHash, ...empty }
}

function askedFence({ command, bodyHash }: Received): NewFence {
  const { sagaId, step, visit } = command
  const empty = { undoBodyHash: null, reply: null, events: null }
  return { sagaId, step, visit, state: 'asked', bodyHash, ...empty }
}

function doneFence({ command, bodyHash }: Received, answer: Answer): NewFence {
  const { sagaId, step, visit } = command
  const state = answer.outcome === 'succeeded' ? 'done' : 'refused'
  return { sagaId, step, visit, state, bodyHash, undoBodyHash: null, ...storedAnswer(answer) }
}

export function undoneFence({ command, bodyHash }: Received, answer: Answer): UndoneFence {
  const { sagaId, step, visit } = command
  const { reply, events } = storedAnswer(answer)
  return { sagaId, step, visit, undoBodyHash: bodyHash, undoReply: reply, undoEvents: events }
}

export function storedAnswer({ data, events }: Answer): { reply: string; events: string | null } {
  return {
    reply: JSON.stringify(data) ?? 'null',
    events: events.length === 0 ? null : JSON.stringify(events),
  }
}
