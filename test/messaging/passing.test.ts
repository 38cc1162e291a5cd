// Collections for what comes and goes behave as a Map and a Set; and neither they nor a statement for
// Postgres keep what has gone until the whole heap is collected.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PassingMap, PassingSet } from '../../messaging/passing.ts'
import { createTestDatabase, type TestDatabase } from './servers.ts'

const run = promisify(execFile)
const program = fileURLToPath(new URL('young-heap.ts', import.meta.url))

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
})

afterAll(() => database.drop())

/** The share of what some work made that outlived the young heap. */
async function outlived(work: string): Promise<number> {
  const { stdout } = await run(process.execPath, [
    ...['--max-semi-space-size=4', program],
    ...[work, database.url],
  ])
  return Number(stdout)
}

describe('a map for what comes and goes', () => {
  it('knows what is there, in the order in which it came', () => {
    const map = new PassingMap<string, { of: number }>()
    map.set('a', { of: 1 }).set('b', { of: 2 }).set('c', { of: 3 }).set('a', { of: 4 })
    expect([map.delete('b'), map.delete('b')]).toEqual([true, false])
    expect([...map.keys()]).toEqual(['a', 'c'])
    expect([...map.values()]).toEqual([{ of: 4 }, { of: 3 }])
    expect([...map]).toEqual([
      ['a', { of: 4 }],
      ['c', { of: 3 }],
    ])
    expect([map.size, map.has('b'), map.get('b'), map.get('c')]).toEqual([
      ...[2, false, undefined],
      { of: 3 },
    ])
    map.clear()
    expect([map.size, [...map.keys()]]).toEqual([0, []])
  })

  it('lets go of what has gone, which a Map of V8 does not', async () => {
    expect(await outlived('map')).toBeGreaterThan(0.15)
    expect(await outlived('passing map')).toBeLessThan(0.1)
  })
})

describe('a set for what comes and goes', () => {
  it('knows what is there, and whether it still was', () => {
    const set = new PassingSet<{ of: number }>()
    const [one, two] = [{ of: 1 }, { of: 2 }]
    const shell = set.add(one)
    set.add(two)
    expect([...set]).toEqual([one, two])
    expect([set.delete(shell), set.delete(shell), set.size]).toEqual([true, false, 1])
    expect([...set]).toEqual([two])
  })

  it('lets go of what has gone, which a Set of V8 does not', async () => {
    expect(await outlived('set')).toBeGreaterThan(0.15)
    expect(await outlived('passing set')).toBeLessThan(0.1)
  })
})

describe('a statement', () => {
  it('lets go of its values and rows when it is answered, which one of pg does not', async () => {
    expect(await outlived('pg')).toBeGreaterThan(0.15)
    expect(await outlived('a statement')).toBeLessThan(0.1)
    expect(await outlived('a transaction')).toBeLessThan(0.1)
  })
})
