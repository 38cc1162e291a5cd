// A pool of connections to the simulated server, of one process. Callers beyond the limit wait for
// a connection to come back, in the order they came.
import type { DbAnswer, DbClient, DbPool, DbQuery } from '../../../messaging/db.ts'
import type { KillOptions } from './sim-seam.ts'
import { type SessionSettings, SimSession } from './sim-session.ts'

export type SimPool = DbPool & {
  kill(options: KillOptions): void
  /** All connections break. */
  lose(makeError: () => Error): void
}

type PoolState = {
  readonly owner: string
  readonly given: SessionSettings
  readonly connectionsMax: number
  readonly idle: SimSession[]
  /** Those that the server has, with or without a client. */
  readonly open: Set<SimSession>
  readonly waiting: ((session: SimSession | null) => void)[]
  count: number
  isDead: boolean
  ended: PromiseWithResolvers<void> | null
}

export function createPool(
  owner: string,
  given: SessionSettings & { readonly connectionsMax: number },
): SimPool {
  const lists = { idle: [], waiting: [], open: new Set<SimSession>() }
  const { connectionsMax } = given
  const pool: PoolState = {
    ...{ owner, given, connectionsMax, ...lists },
    ...{ count: 0, isDead: false, ended: null },
  }
  return {
    query: (config) => queryOn(pool, config),
    connect: () => connect(pool),
    end: () => end(pool),
    usage: () => ({
      ...{ open: pool.count, idle: pool.idle.length, waiting: pool.waiting.length },
    }),
    kill: ({ sent = 'lost' }) => {
      pool.isDead = true
      for (const session of pool.open) session.kill(sent)
    },
    lose: (makeError) => {
      for (const session of pool.open) session.lose(makeError())
      pool.count -= pool.idle.splice(0).length
      prune(pool)
    },
  }
}

async function queryOn(pool: PoolState, config: string | DbQuery): Promise<DbAnswer> {
  const client = await connect(pool)
  try {
    const answer = await client.query(config)
    client.release()
    return answer
  } catch (error) {
    client.release(error as Error)
    throw error
  }
}

async function connect(pool: PoolState): Promise<DbClient> {
  if (pool.ended !== null) throw new Error('Cannot use a pool after calling end on the pool')
  const idle = pool.isDead ? undefined : pool.idle.pop()
  const session = idle ?? (await (hasRoom(pool) ? open(pool) : nextFree(pool)))
  let isReleased = false
  return {
    query: (config) => session.query(typeof config === 'string' ? { text: config } : config),
    release: (broken) => {
      if (isReleased) return
      isReleased = true
      release(pool, session, broken)
    },
  }
}

const hasRoom = ({ count, connectionsMax }: PoolState): boolean => count < connectionsMax

async function open(pool: PoolState): Promise<SimSession> {
  pool.count += 1
  const { given, owner } = pool
  if (!pool.isDead) {
    try {
      const database = given.database.name
      await given.step({ owner, database, kind: 'connect', name: 'connect' })
    } catch (error) {
      pool.count -= 1
      passOn(pool)
      throw error
    }
  }
  if (pool.isDead) return new Promise(() => undefined)
  const session = new SimSession(given, owner)
  pool.open.add(session)
  return session
}

async function nextFree(pool: PoolState): Promise<SimSession> {
  const session = await new Promise<SimSession | null>((resolve) => pool.waiting.push(resolve))
  return session ?? open(pool)
}

function release(pool: PoolState, session: SimSession, broken: Error | undefined): void {
  if (session.isUsable && broken === undefined && pool.ended === null) {
    const next = pool.waiting.shift()
    if (next === undefined) pool.idle.push(session)
    else next(session)
    return
  }
  // One that is not usable may still work off what was sent.
  if (session.isUsable) session.lose(broken ?? new Error('Connection terminated'))
  pool.count -= 1
  prune(pool)
  passOn(pool)
  if (pool.count === 0) pool.ended?.resolve()
}

/** The next one who waits may open a connection in the place of one that is gone. */
function passOn(pool: PoolState): void {
  if (hasRoom(pool)) pool.waiting.shift()?.(null)
}

function prune({ open: sessions }: PoolState): void {
  for (const session of sessions) if (session.isOver) sessions.delete(session)
}

function end(pool: PoolState): Promise<void> {
  pool.ended ??= Promise.withResolvers()
  for (const session of pool.idle) session.lose(new Error('Connection terminated'))
  pool.count -= pool.idle.splice(0).length
  prune(pool)
  if (pool.count === 0) pool.ended.resolve()
  return pool.isDead ? new Promise(() => undefined) : pool.ended.promise
}
