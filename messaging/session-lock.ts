// An advisory lock of Postgres held by a connection of its own for as long as the process lives.
// When the process is killed its machine closes the connection and Postgres frees the lock, at
// once: that tells others, sooner than any lease. Made again when the connection breaks.
import pg from 'pg'
import type { DbOptions, Statement } from './db.ts'

export type SessionLockOptions = Pick<
  DbOptions,
  'url' | 'applicationName' | 'onConnectionError'
> & {
  /** Takes the lock, on each new connection. */
  readonly statement: Statement & { readonly values: readonly unknown[] }
}

/** The pause before a broken connection is made again: sooner than others look for the dead. */
const retryMs = 200
/** What is left of an earlier connection may hold the lock for a moment. */
const lockTimeoutMs = 2_000
const keepAliveInitialDelayMillis = 10_000

export class SessionLock {
  readonly #options: SessionLockOptions
  #client: pg.Client | null = null
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(options: SessionLockOptions) {
    this.#options = options
  }

  /** Resolves when the lock is held; rejects when not, and tries again behind. */
  async start(): Promise<void> {
    const { url, applicationName, onConnectionError, statement } = this.#options
    const client = new pg.Client({
      connectionString: url,
      application_name: `${applicationName} lock`,
      lock_timeout: lockTimeoutMs,
      keepAlive: true,
      keepAliveInitialDelayMillis,
    })
    this.#client = client
    client.on('error', (error) => onConnectionError?.(error))
    client.on('end', () => this.#again(client))
    try {
      await client.connect()
      await client.query({ ...statement, values: [...statement.values] })
    } catch (error) {
      await client.end().catch(() => undefined)
      this.#again(client)
      throw error
    }
  }

  /** Frees the lock. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    await this.#client?.end().catch(() => undefined)
  }

  #again(client: pg.Client): void {
    if (this.#isStopped || client !== this.#client) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.start().catch(() => undefined), retryMs)
  }
}
