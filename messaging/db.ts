// Postgres: the home of `pg`. A `Db` is its pools; a `Tx` is a client inside a transaction.
// Functions that must share a commit take a `Tx`; only those that may open one take a `Db`.
import pg from 'pg'
import { messagingError, SagalineError } from './errors.ts'
import { withLists } from './pg-pool.ts'

export type Row = Readonly<Record<string, unknown>>

/** A statement with a name is prepared once per connection; the name must be unique to its text. */
export type Statement = { readonly name?: string; readonly text: string }

export type Rows<R extends Row = Row> = { readonly rows: readonly R[]; readonly rowCount: number }

export type Queries = {
  query<R extends Row = Row>(sql: string | Statement, values?: readonly unknown[]): Promise<Rows<R>>
}

declare const inTransaction: unique symbol

/**
 * Sends each statement at once. One that is not awaited is pipelined with the next, and the commit
 * behind it; its failure fails the transaction.
 */
export type Tx = Queries & { readonly [inTransaction]: true }

export type QueryOptions = {
  /**
   * Rows are found by a key, and statements planned so. A prepared statement keeps its plan until the
   * table is analyzed: one that was made while the table was nearly empty would go on reading all of
   * it.
   */
  readonly isByKey?: boolean
}

export type Db = {
  /** A transaction by itself: one answer, where `transaction` takes two more. */
  query<R extends Row = Row>(
    sql: string | Statement,
    values?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<Rows<R>>
  /**
   * Runs `work` between BEGIN and COMMIT and resolves with its result only when COMMIT took
   * place. @throws COMMIT_ROLLED_BACK, or COMMIT_UNKNOWN when the connection was lost there:
   * `work` must then be safe to run again.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>, options?: QueryOptions): Promise<T>
  /**
   * Hears NOTIFY on a connection of its own, which is made again when it breaks; what is sent
   * meanwhile is missed. Resolves once it listens, with the function that ends it.
   */
  listen(channel: string, onPayload: (payload: string) => void): Promise<() => Promise<void>>
  /** Null when Postgres answers, else why not. */
  problem(): Promise<string | null>
  usage(): PoolUsage
  stop(): Promise<void>
}

export type PoolUsage = {
  /** Connections that there are. */
  readonly open: number
  /** Of them those that nobody uses. */
  readonly idle: number
  /** Callers that wait for one. */
  readonly waiting: number
}

export type DbOptions = {
  readonly url: string
  /** Shows in pg_stat_activity. */
  readonly applicationName: string
  /**
   * Connections at the most, beside up to six for what is asked by key; further callers wait for one
   * up to `acquireTimeoutMs`.
   */
  readonly connectionsMax: number
  readonly acquireTimeoutMs?: number
  readonly statementTimeoutMs?: number
  readonly lockTimeoutMs?: number
  readonly idleInTransactionTimeoutMs?: number
  /** Told of idle connections that broke; the pool replaces them by itself. */
  readonly onConnectionError?: (error: Error) => void
}

/** Serialization failure, deadlock, lock timeout, connection trouble, server going down. */
const transientCodes =
  /^(40001|40P01|55P03|08\w{3}|57P0[1-5]|53\w{3}|58\w{3}|25006|25P0[23]|57014)$/
const connectionTrouble = /^E[A-Z]+ |^EAI_|terminat|timeout|not queryable/i

/** True when the same work may succeed later, false when it is a bug or bad data. */
export function isTransientDbError(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = (error as { readonly code?: unknown }).code
  if (code === 'COMMIT_ROLLED_BACK' || code === 'COMMIT_UNKNOWN') return true
  // Ours say themselves what they are, and may quote a stranger's words.
  if (error instanceof SagalineError) return false
  if (typeof code === 'string' && transientCodes.test(code)) return true
  const fromServer = typeof code === 'string' && /^[0-9FHPX][0-9A-Z]{4}$/.test(code)
  return !fromServer && connectionTrouble.test(`${String(code)} ${error.message}`)
}

/** Rows are held by somebody for too long: the fault of one of several, perhaps. */
export function isLockTrouble(error: unknown): boolean {
  const code = (error as { readonly code?: unknown } | null)?.code
  return code === '55P03' || code === '57014' || code === '40P01'
}

/** When the system begins to ask a silent peer whether it is there. */
const keepAliveInitialDelayMillis = 10_000

/** Beside the others, since they plan otherwise: for as many as may ask at once in an orchestrator. */
const byKeyConnectionsMax = 6

const planByKey = 'set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off'

/** Opens the pools; connections are made when they are needed. Statements have limits of time. */
export function openDb(options: DbOptions): Db {
  const { statementTimeoutMs = 5_000, acquireTimeoutMs: acquireMs = 5_000 } = options
  const onError = options.onConnectionError ?? (() => undefined)
  const open = (own: pg.PoolConfig): DbPool => {
    const pool = new pg.Pool({
      connectionString: options.url,
      application_name: options.applicationName,
      connectionTimeoutMillis: acquireMs,
      statement_timeout: statementTimeoutMs,
      lock_timeout: options.lockTimeoutMs ?? 2_000,
      idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs ?? 10_000,
      // A connection that goes silent must not hold its caller for ever; pg then cuts it.
      query_timeout: 2 * statementTimeoutMs + acquireMs,
      keepAlive: true,
      keepAliveInitialDelayMillis,
      pipeline: true,
      ...own,
    } as pg.PoolConfig)
    pool.on('error', onError)
    pool.on('connect', (client) => client.on('error', onError))
    return withLists(pool)
  }
  const onConnect = (client: pg.ClientBase) => client.query(planByKey).then(() => undefined)
  // One stays, since the first move after a quiet time must not wait until there is one.
  const byKey = open({ max: byKeyConnectionsMax, min: 1, onConnect })
  const pools = { any: open({ max: options.connectionsMax }), byKey }
  return dbOver(pools, (channel, onPayload) => listen(options, channel, onPayload))
}

/** What is needed of a pool of connections; tests have one without a server. */
export type DbPool = Queryable & {
  connect(): Promise<DbClient>
  end(): Promise<void>
  usage(): PoolUsage
}

export type DbClient = Queryable & {
  /** An error says that the connection must not be used again. */
  release(broken?: Error): void
}

type Queryable = {
  /** Sent at once, carried out in the order sent. */
  query(config: string | DbQuery): Promise<DbAnswer>
}

export type DbQuery = Statement & { readonly values?: unknown[] }

export type DbAnswer = Pick<pg.QueryResult, 'rows' | 'rowCount' | 'command'>

/** By what they plan for. */
export type DbPools = { readonly any: DbPool; readonly byKey: DbPool }

export function dbOver(pools: DbPools, listen: Db['listen']): Db {
  let stopped: Promise<void> | null = null
  const all = [...new Set(Object.values(pools))]
  const poolFor = ({ isByKey = false }: QueryOptions = {}) => (isByKey ? pools.byKey : pools.any)
  return {
    query: (sql, values, how) => run(poolFor(how), sql, values),
    transaction: (work, how) => transaction(poolFor(how), work),
    listen,
    problem: () =>
      pools.any.query('select 1').then(
        () => null,
        (error: Error) => error.message || String((error as { code?: string }).code),
      ),
    usage: () => all.map((pool) => pool.usage()).reduce(added),
    stop: () => (stopped ??= Promise.all(all.map((pool) => pool.end())).then(() => undefined)),
  }
}

function added(a: PoolUsage, b: PoolUsage): PoolUsage {
  return { open: a.open + b.open, idle: a.idle + b.idle, waiting: a.waiting + b.waiting }
}

async function run<R extends Row>(
  on: Queryable,
  sql: string | Statement,
  values: readonly unknown[] = [],
): Promise<Rows<R>> {
  const statement = typeof sql === 'string' ? { text: sql } : sql
  const result = await on.query({ ...statement, values: values as unknown[] })
  return { rows: result.rows as readonly R[], rowCount: result.rowCount ?? 0 }
}

async function transaction<T>(pool: DbPool, work: (tx: Tx) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  const sent: Promise<unknown>[] = []
  let broken: Error | undefined
  try {
    const track = <V>(promise: Promise<V>): Promise<V> => {
      promise.catch(() => undefined)
      sent.push(promise)
      return promise
    }
    void track(client.query('begin'))
    const tx = {
      query: (sql: string | Statement, values?: readonly unknown[]) =>
        track(run(client, sql, values)),
    } as unknown as Tx
    const result = await work(tx).catch(async (error: unknown) => {
      await rollback(client)
      throw await firstFailure(error, sent)
    })
    await commit(client, sent)
    return result
  } catch (error) {
    if (isTransientDbError(error) || !(error instanceof Error)) broken = error as Error
    throw error
  } finally {
    client.release(broken)
  }
}

/** What follows a failed statement only says that the transaction is aborted, not why. */
async function firstFailure(error: unknown, sent: readonly Promise<unknown>[]): Promise<unknown> {
  if ((error as { readonly code?: unknown } | null)?.code !== '25P02') return error
  const failed = (await Promise.allSettled(sent)).find((result) => result.status === 'rejected')
  return failed?.reason ?? error
}

async function rollback(client: DbClient): Promise<void> {
  await client.query('rollback').catch(() => undefined)
}

async function commit(client: DbClient, sent: readonly Promise<unknown>[]): Promise<void> {
  const committed = client.query('commit').then(
    (result) => result.command,
    (error: unknown) => error as Error,
  )
  const failed = (await Promise.allSettled(sent)).find((result) => result.status === 'rejected')
  const answer = await committed
  if (failed !== undefined) throw failed.reason
  if (answer instanceof Error) {
    if (isRefusal(answer)) throw answer
    throw messagingError('COMMIT_UNKNOWN', {}, answer)
  }
  if (answer !== 'COMMIT') throw messagingError('COMMIT_ROLLED_BACK', { tag: answer })
}

/** Postgres said no (a deferred constraint, a serialization failure), so nothing was committed. */
function isRefusal(error: Error): boolean {
  const code = (error as { readonly code?: unknown }).code
  return typeof code === 'string' && /^(?!08|57)[0-9FHPX][0-9A-Z]{4}$/.test(code)
}

/** The pause before a broken listening connection is made again. */
const listenRetryMs = 1_000

async function listen(
  options: DbOptions,
  channel: string,
  onPayload: (payload: string) => void,
): Promise<() => Promise<void>> {
  let client: pg.Client | null = null
  let timer: NodeJS.Timeout | undefined
  let isStopped = false
  const connect = async (): Promise<void> => {
    const next = new pg.Client({
      connectionString: options.url,
      application_name: `${options.applicationName} listen`,
      keepAlive: true,
      keepAliveInitialDelayMillis,
    })
    client = next
    next.on('notification', ({ payload }) => onPayload(payload ?? ''))
    next.on('error', (error) => options.onConnectionError?.(error))
    next.on('end', () => again())
    await next.connect()
    await next.query(`listen ${pg.escapeIdentifier(channel)}`)
  }
  const again = (): void => {
    clearTimeout(timer)
    if (isStopped) return
    timer = setTimeout(() => void connect().catch(again), listenRetryMs)
  }
  await connect()
  return async () => {
    isStopped = true
    clearTimeout(timer)
    await client?.end().catch(() => undefined)
  }
}
