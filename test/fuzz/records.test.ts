// What strangers write to a topic stops nobody: each record is taken or parked, once.
import { describe, expect, it } from 'vitest'
import type { IncomingRecord } from '../../messaging/bus.ts'
import { Chance } from './chance.ts'
import { doors } from './doors.ts'
import { fuzzRecords } from './fuzz-records.ts'
import { mutate } from './mutate-record.ts'
import { samples } from './sample-records.ts'

const seed = Date.now() % 2 ** 32

describe('random and spoiled records', () => {
  it(`stop no door, and none is lost (seed ${seed})`, async () => {
    const fuzzed = await fuzzRecords({ seed, records: 20_000 })
    // It spoils neither everything nor nothing.
    for (const [name, { taken, parked }] of Object.entries(fuzzed)) {
      expect([name, taken > 100, parked > 500]).toEqual([name, true, true])
    }
    expect(fuzzed['starts']?.told).toBeGreaterThan(10)
  })

  it('are the same for the same seed', () => {
    const made = (chance: Chance) => samples.map((sample) => mutate(sample, chance))
    expect(made(new Chance(7))).toEqual(made(new Chance(7)))
    expect(made(new Chance(7))).not.toEqual(made(new Chance(8)))
  })
})

describe('a good record', () => {
  const tallyOf = async (name: string, records: readonly IncomingRecord[]) => {
    const tally = { taken: 0, told: 0, parked: 0 }
    await doors[name]?.(records, tally)
    return tally
  }
  const onTopic = (topic: string) => samples.filter((sample) => sample.topic === topic)

  it.each([
    ['commands', 'parcels.commands', 3],
    ['replies', 'sagaline.replies', 2],
    ['signals', 'sagaline.signals', 2],
    ['starts', 'sagaline.starts', 3],
    ['events', 'sagaline.events', 1],
    ['logs', 'logs', 1],
  ])('goes through the door of %s', async (name, topic, count) => {
    expect(await tallyOf(name, onTopic(topic))).toEqual({ taken: count, told: 0, parked: 0 })
  })
})

it('a door that throws, or loses a record, is found', async () => {
  const replies = doors['replies']
  const fails = async (door: typeof replies, problem: RegExp) => {
    Object.assign(doors, { replies: door })
    await expect(fuzzRecords({ seed, records: 1_000 })).rejects.toThrowError(problem)
  }
  try {
    await fails(async () => {
      throw new Error('broken')
    }, /seed \d+, replies: it throws Error: broken/)
    await fails(async (records, tally) => {
      tally.taken += records.filter(({ value }) => value !== null).length
    }, /replies: 1 came and 0 ended/)
  } finally {
    Object.assign(doors, { replies })
  }
})
