// The queues of semantic locks in Postgres alone: concurrent transactions that take and release
// random keys, as the coordinator does, without any saga.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, inject, it } from 'vitest'
import type { Db, Tx } from '../../messaging/db.ts'
import { silentLog } from '../../messaging/log.ts'
import type { SagaId } from '../../messaging/message.ts'
import { migrate } from '../../messaging/migrate.ts'
import { lockName, settleLocks } from '../../orchestrator/coordinator/settle-locks.ts'
import { orchestratorMigrations } from '../../orchestrator/migrate-orchestrator.ts'
import { listLocks, serializeBy } from '../../orchestrator/store/locks.ts'
import { openTestDatabases } from '../system/test-databases.ts'

type Taker = { readonly id: SagaId; readonly locks: readonly string[] }

const databases = openTestDatabases(inject('postgresUrl'))
let db: Db

beforeAll(async () => {
  const url = await databases.create('lock_queues')
  await migrate({ url, sets: orchestratorMigrations, log: silentLog })
  db = databases.open(url)
})
afterAll(() => databases.dropAll())
beforeEach(async () => {
  await db.query('delete from locks')
})

/** One transaction of the coordinator: who arrives, who leaves, who holds all keys afterwards. */
async function settle(
  party: { readonly arriving?: Taker; readonly leaving?: Taker; readonly asking?: Taker },
  meanwhile: (tx: Tx) => Promise<void> = async () => undefined,
): Promise<{ readonly granted: boolean; readonly heads: readonly SagaId[] }> {
  const { arriving, leaving, asking } = party
  const all = [arriving, leaving, asking].flatMap((taker) => taker?.locks ?? [])
  return db.transaction(async (tx) => {
    await serializeBy(tx, [...new Set(all.map(lockName))])
    let granted = false
    const waiting = [arriving, asking].flatMap((taker) => taker?.id ?? [])
    const heads = await settleLocks(tx, {
      arriving: arriving ? [arriving] : [],
      look: () => ({ waiting: granted ? [] : waiting, ended: leaving ? [leaving.id] : [] }),
      grant: () => {
        granted = true
      },
    })
    await meanwhile(tx)
    return { granted, heads: [...heads] }
  })
}

const takerOf = (...locks: readonly string[]): Taker => ({ id: randomUUID() as SagaId, locks })

it('who comes later waits, and is the next', async () => {
  const [first, second, third] = [takerOf('a'), takerOf('a', 'b'), takerOf('b')]
  expect((await settle({ arriving: first })).granted).toBe(true)
  expect((await settle({ arriving: second })).granted).toBe(false)
  // It waits for `b` behind one that does not run yet: the order of arrival counts.
  expect((await settle({ arriving: third })).granted).toBe(false)
  expect((await settle({ leaving: first })).heads).toEqual([second.id])
  expect((await settle({ asking: second })).granted).toBe(true)
  expect((await settle({ leaving: second })).heads).toEqual([third.id])
})

it('one that leaves from the middle of a queue wakes nobody', async () => {
  const takers = [takerOf('a'), takerOf('a'), takerOf('a')] as const
  for (const arriving of takers) await settle({ arriving })
  expect((await settle({ leaving: takers[1] })).heads).toEqual([])
  expect((await settle({ leaving: takers[0] })).heads).toEqual([takers[2].id])
})

it('one that is queued already keeps its place', async () => {
  const [first, second] = [takerOf('a'), takerOf('a')]
  await settle({ arriving: first })
  await settle({ arriving: second })
  expect((await settle({ arriving: first })).granted).toBe(true)
  expect(await listLocks(db, { key: 'a', after: null, limit: 10 })).toMatchObject([
    { sagaId: first.id, isHolder: true },
    { sagaId: second.id, isHolder: false },
  ])
})

it('is listed by key, each queue in its order, by pages', async () => {
  const takers = [takerOf('a', 'b'), takerOf('b'), takerOf('a')] as const
  for (const arriving of takers) await settle({ arriving })
  const first = await listLocks(db, { key: null, after: null, limit: 3 })
  expect(first).toMatchObject([
    { key: 'a', sagaId: takers[0].id, isHolder: true },
    { key: 'a', sagaId: takers[2].id, isHolder: false },
    { key: 'b', sagaId: takers[0].id, isHolder: true },
  ])
  const after = first.at(-1) ?? null
  const rest = await listLocks(db, { key: null, after, limit: 3 })
  expect(rest).toMatchObject([{ key: 'b', sagaId: takers[1].id, isHolder: false }])
})

/** Answers from 0 up to 1, the same for the same seed (mulberry32). */
function chanceOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const keys = ['a', 'b', 'c', 'd', 'e', 'f']

/** Takers that come all at once, hold their keys for a moment, and some of which give up. */
class Race {
  readonly takers: readonly Taker[]
  readonly positions = new Map<SagaId, number>()
  readonly waiting = new Map<SagaId, Taker>()
  readonly entered: Taker[] = []
  readonly met: string[] = []
  readonly #inside = new Set<string>()
  readonly #quitters: ReadonlySet<Taker>
  readonly #chance: () => number

  constructor(seed: number) {
    const chance = chanceOf(seed)
    this.#chance = chance
    this.takers = Array.from({ length: 150 }, () => {
      const some = keys.filter((key) => key !== 'f' && chance() < 0.4)
      return takerOf(...[...some, 'f'].slice(0, 3))
    })
    this.#quitters = new Set(this.takers.filter(() => chance() < 0.15))
  }

  async come(taker: Taker): Promise<void> {
    this.waiting.set(taker.id, taker)
    const { granted } = await settle({ arriving: taker }, (tx) => this.#remember(tx, taker))
    if (granted) await this.#hold(taker)
    else if (this.#quitters.has(taker) && this.waiting.delete(taker.id)) await this.#leave(taker)
  }

  async #remember(tx: Tx, { id }: Taker): Promise<void> {
    const { rows } = await tx.query<{ readonly position: number }>(
      'select distinct position::float8 from locks where saga_id = $1',
      [id],
    )
    expect(rows).toHaveLength(1)
    this.positions.set(id, rows[0]?.position ?? 0)
  }

  async #hold(taker: Taker): Promise<void> {
    if (!this.waiting.delete(taker.id)) return
    for (const key of taker.locks) {
      if (this.#inside.has(key)) this.met.push(key)
      this.#inside.add(key)
    }
    this.entered.push(taker)
    await db.query('select pg_sleep($1)', [this.#chance() / 200])
    for (const key of taker.locks) this.#inside.delete(key)
    await this.#leave(taker)
  }

  async #leave(taker: Taker): Promise<void> {
    const { heads } = await settle({ leaving: taker })
    await Promise.all(heads.map((id) => this.#ask(id)))
  }

  async #ask(id: SagaId): Promise<void> {
    const taker = this.waiting.get(id)
    if (taker && (await settle({ asking: taker })).granted) await this.#hold(taker)
  }
}

it.each([1, 2, 3])(
  'concurrent takers of random keys never meet, and all get through (seed %i)',
  async (seed) => {
    const race = new Race(seed)
    await Promise.all(race.takers.map((taker) => race.come(taker)))
    expect(race.met).toEqual([])
    expect([...race.waiting]).toEqual([])
    expect(await listLocks(db, { key: null, after: null, limit: 1 })).toEqual([])
    for (const key of keys) {
      const through = race.entered
        .filter(({ locks }) => locks.includes(key))
        .map(({ id }) => race.positions.get(id) ?? 0)
      expect(through, key).toEqual(through.toSorted((a, b) => a - b))
    }
  },
)
