// The auditor must see what it is there to see: it finds nothing where all is well, and each
// planted breach under its name, with the saga that it is about.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BreachName, breachTable } from '../../orchestrator/audit/breaches.ts'
import { small, trip } from './audited-sagas.ts'
import { AuditedWorld, ids } from './audited-world.ts'
import { addFence, type PlantedBreaches, setHistory } from './planted-breach.ts'
import { plantedInHistory } from './planted-in-history.ts'
import { plantedInReceipts } from './planted-in-receipts.ts'
import { plantedInWaits } from './planted-in-waits.ts'

let world: AuditedWorld

beforeAll(async () => {
  world = await AuditedWorld.start()
})
afterAll(() => world.stop())

/** Those of the topic are planted in told-sagas.test.ts. */
const planted: PlantedBreaches<Exclude<BreachName, `told.${string}`>> = {
  ...plantedInWaits,
  ...plantedInHistory,
  ...plantedInReceipts,
}

describe('the auditor', () => {
  it('finds nothing where all is well', async () => {
    const { breaches, notJudged, ...counts } = await world.lookWith({})
    expect({ breaches, notJudged }).toEqual({ breaches: [], notJudged: [] })
    expect(counts).toMatchObject({ sagas: 11, ended: 6, stuck: 1, receipts: 18 })
  })

  const cases = Object.entries(planted).flatMap(([name, plants]) =>
    plants.map((plant) => ({ name, ...plant })),
  )
  it.each(cases)('reports $name when $what', async ({ name, names, also = [], ...statements }) => {
    const { breaches } = await world.lookWith(statements)
    const found = breaches.map((one) => one.name)
    expect(found.toSorted()).toEqual([name, ...also].toSorted())
    const named = breaches.filter((one) => one.name === name).map(({ sagaId }) => sagaId)
    expect(named).toContain(names)
  })

  it('says what it cannot judge, instead of passing it', async () => {
    const { breaches, notJudged } = await world.lookWith({}, [trip, small])
    expect(breaches).toEqual([])
    expect(notJudged.map(({ what, sagas }) => [what.replace(/\(\w+\)/, '()'), sagas])).toEqual([
      ['the definition errand@1 () is not loaded', 2],
      ['the definition question@1 () is not loaded', 1],
      ['the definition large@1 () is not loaded', 1],
    ])
  })

  it('asks for no receipt that another service would have', async () => {
    const work = 'truncate fence; truncate served_topics'
    const { breaches, notJudged } = await world.lookWith({ work })
    expect(breaches).toEqual([])
    const what = 'no given service takes commands from sample.commands'
    expect(notJudged).toMatchObject([{ what, sagas: 9 }])
  })

  it('misses all of them where the service says that they would be there', async () => {
    const { counts } = await world.lookWith({ work: 'truncate fence' })
    expect(counts).toEqual({ 'receipt.missing': 18 })
  })

  it('takes nothing from what is still asked for outside', async () => {
    const { breaches } = await world.lookWith({
      work: addFence(ids.terminated, 'b', `1, 'asked', ''`),
    })
    expect(breaches).toEqual([])
  })

  it('cannot judge what is encrypted with a key that is not there', async () => {
    const sagas = setHistory(ids.completed, 2, `event = '{"$encrypted":"v1.other.AAAA"}'`)
    const { breaches, notJudged } = await world.lookWith({ sagas })
    expect(breaches).toEqual([])
    expect(notJudged).toMatchObject([{ sagas: 1, example: ids.completed }])
    expect(notJudged[0]?.what).toContain('with the key other')
  })

  it('has a name for nothing else', () => {
    expect(
      Object.keys(breachTable)
        .filter((name) => !name.startsWith('told.'))
        .sort(),
    ).toEqual(Object.keys(planted).sort())
  })
})
