// Handlers that are slow, throw before or after their work, and undos that are broken for a while.
import type { Clock } from '../../../messaging/clock.ts'
import { type Command, type Handler, refused, type Tx } from '../../../participant/index.ts'
import type { Faults } from '../faults.ts'
import type { Random } from '../random.ts'

export type Flakiness = {
  readonly faults: Faults
  readonly clock: Clock
  readonly random: Random
  /** Until when undos throw; shared by all processes. */
  readonly brokenUndos: { untilMs: number }
}

const slowMs = { min: 50, max: 9_000 }
const brokenMs = { min: 2_000, max: 60_000 }

/** `undos` are the names of commands that undo others. */
export function flaky(
  handlers: readonly Handler[],
  undos: ReadonlySet<string>,
  given: Flakiness,
): readonly Handler[] {
  return handlers.map((handler): Handler => {
    if (handler.type === 'outside') return handler
    const { name } = handler.contract
    const isUndo = undos.has(name)
    const around = <T>(run: () => Promise<T>) => runFlaky(given, { name, isUndo, run })
    const refuses = () => given.faults.happens(isUndo ? 'undo.refuses' : 'handler.refuses', name)
    if (handler.type === 'batch') {
      return {
        ...handler,
        run: (tx: Tx, commands: readonly Command[]) => around(() => handler.run(tx, commands)),
      }
    }
    const run = async (tx: Tx, command: Command) =>
      refuses() ? refused('not today') : handler.run(tx, command)
    return { ...handler, run: (tx: Tx, command: Command) => around(() => run(tx, command)) }
  })
}

async function runFlaky<T>(
  { faults, clock, random, brokenUndos }: Flakiness,
  call: { readonly name: string; readonly isUndo: boolean; readonly run: () => Promise<T> },
): Promise<T> {
  const { name, isUndo, run } = call
  if (faults.happens('handler.slow', name)) {
    await clock.wait(random.between(slowMs.min, slowMs.max))
  }
  if (faults.happens('handler.throws', name)) throw new Error(`${name} throws`)
  if (isUndo && faults.happens('undo.broken', name)) {
    brokenUndos.untilMs = clock.monotonicMs() + random.between(brokenMs.min, brokenMs.max)
  }
  if (isUndo && !faults.areOver && clock.monotonicMs() < brokenUndos.untilMs) {
    throw new Error('undos are broken')
  }
  const outcome = await run()
  if (faults.happens('handler.throws-late', name)) throw new Error(`${name} throws after its work`)
  return outcome
}
