// Throws spoiled records at every door and counts what becomes of them. A failure names the seed,
// the door and the record, and stops everything.
import type { IncomingRecord } from '../../messaging/bus.ts'
import { Chance } from './chance.ts'
import { type Door, doors, type Tally } from './doors.ts'
import { mutate } from './mutate-record.ts'
import { samples } from './sample-records.ts'

const batchRecords = 100

export type Fuzzed = Readonly<Record<string, Readonly<Tally>>>

/** @throws Error for a record that makes a door throw, or that is lost or counted twice. */
export async function fuzzRecords(
  { seed, records }: { readonly seed: number; readonly records: number },
  onBatch: (done: number) => void = () => undefined,
): Promise<Fuzzed> {
  const chance = new Chance(seed)
  const names = Object.keys(doors)
  const fuzzed = Object.fromEntries(names.map((name) => [name, emptyTally()]))
  for (let done = 0; done < records; ) {
    const name = names[(done / batchRecords) % names.length] ?? ''
    const count = Math.min(batchRecords, records - done)
    const batch = Array.from({ length: count }, (_, at) => spoiled(chance, name, done + at))
    const tally = fuzzed[name]
    const door = doors[name]
    if (tally === undefined || door === undefined) throw new Error(`no door ${name}`)
    await pass({ name, door, seed }, batch, tally)
    done += count
    onBatch(done)
  }
  return fuzzed
}

const emptyTally = (): Tally => ({ taken: 0, told: 0, parked: 0 })

/** What each door is for; half of what comes is of its own kind. */
const topics: Readonly<Record<string, string>> = {
  commands: 'parcels.commands',
  replies: 'sagaline.replies',
  signals: 'sagaline.signals',
  starts: 'sagaline.starts',
  events: 'sagaline.events',
  logs: 'logs',
}

function spoiled(chance: Chance, door: string, number: number): IncomingRecord {
  const own = samples.filter(({ topic }) => topic === topics[door])
  const from = own.length > 0 && chance.next() < 0.5 ? own : samples
  return { ...mutate(chance.pick(from), chance), offset: BigInt(number) }
}

type Passing = { readonly name: string; readonly door: Door; readonly seed: number }

async function pass(
  passing: Passing,
  batch: readonly IncomingRecord[],
  tally: Tally,
): Promise<void> {
  const own = emptyTally()
  const problem = await problemOf(passing.door, batch, own)
  if (problem !== null) throw await guilty(passing, batch, problem)
  tally.taken += own.taken
  tally.told += own.told
  tally.parked += own.parked
}

async function problemOf(
  door: Door,
  batch: readonly IncomingRecord[],
  tally: Tally,
): Promise<string | null> {
  try {
    await door(batch, tally)
  } catch (error) {
    return `it throws ${error instanceof Error ? error.stack : String(error)}`
  }
  const ended = tally.taken + tally.told + tally.parked
  return ended === batch.length ? null : `${batch.length} came and ${ended} ended`
}

/** The one record of the batch that does it alone, where there is one. */
async function guilty(
  { name, door, seed }: Passing,
  batch: readonly IncomingRecord[],
  problem: string,
): Promise<Error> {
  for (const record of batch) {
    const alone = await problemOf(door, [record], emptyTally())
    if (alone !== null) return new Error(`seed ${seed}, ${name}: ${alone}\n${show(record)}`)
  }
  return new Error(`seed ${seed}, ${name}: ${problem}, and no record does it alone`)
}

function show({ headers, key, value, offset, ...rest }: IncomingRecord): string {
  const texts = Object.entries(headers).map(([name, bytes]) => [name, String(bytes)])
  const shown = { ...rest, offset: String(offset), key: String(key), headers: texts }
  return JSON.stringify({ ...shown, value: String(value).slice(0, 2_000) }, null, 2)
}
