// Checks with records that are no commands, one after the other: each goes out with a good command
// behind it in its partition, so that what is answered shows who got through.
import { BreachedError } from './breached.ts'
import type { Exchange } from './exchange.ts'
import type { Sample } from './sample.ts'
import { type Spoil, spoils, undoByDo } from './spoiled-records.ts'
import type { Talk } from './talk.ts'
import type { Wire } from './wire.ts'

export type SpoiledCheck = {
  readonly name: string
  readonly says: string
  /** @throws BreachedError */
  readonly run: (exchange: Exchange, wire: Wire) => Promise<readonly Talk[]>
}

export function spoiledChecks(sample: Sample): readonly SpoiledCheck[] {
  const all = sample.undo === null ? spoils : [...spoils, undoByDo]
  return all.map((spoil) => ({
    name: spoil.name,
    says: spoil.mayBeDone
      ? `${spoil.says}: the next command gets through`
      : `${spoil.says}: it does nothing, and the next command gets through`,
    run: (exchange, wire) => runSpoiled(sample, spoil, { exchange, wire }),
  }))
}

type Means = { readonly exchange: Exchange; readonly wire: Wire }

async function runSpoiled(
  sample: Sample,
  spoil: Spoil,
  { exchange, wire }: Means,
): Promise<readonly Talk[]> {
  const spoiled = await exchange.open(sample)
  if (spoil.mayBeDone) {
    spoiled.expectAnything()
  } else {
    spoiled.expectNoSuccess()
    spoiled.keepNothing('malformed-done')
  }
  const record = spoil.make(spoiled.command(), wire.commands)
  const key = record.key === null ? null : String(record.key)
  const behind = await exchange.openBeside(key, sample)
  await spoiled.sendRecords(record)
  const command = behind.command()
  await behind.say(command)
  try {
    await behind.mustBeDone(command)
  } catch (error) {
    if (!(error instanceof BreachedError) || error.breach !== 'unanswered') throw error
    const detail = `after ${spoil.says} a good command was not answered: ${error.message}`
    throw new BreachedError('partition-blocked', detail, [...spoiled.spoken, ...error.spoken])
  }
  await spoiled.last()
  return [spoiled, behind]
}
