/**
 * What a part looks like to those who use it, wherever it came from; and the part that is made of
 * servers of our own. Called by local-kafka.ts and local-postgres.ts.
 */
import { LocalPartsError } from './errors.ts'
import type { KeptServer } from './kept-server.ts'

/** given: named in the environment. bare: processes started here, that can be taken away. */
export type PartKind = 'given' | 'container' | 'bare'

export type LocalPart = {
  readonly kind: PartKind
  /** The servers one by one; empty unless `kind` is 'bare'. */
  readonly servers: readonly KeptServer[]
  /** SIGKILL for every server. @throws LocalPartsError LOCAL_NOT_OURS unless bare, as the next two */
  readonly kill: () => Promise<void>
  /** Orderly stop of every server; the data stays. */
  readonly stop: () => Promise<void>
  /** Starts every server that does not run, on its old port and data. */
  readonly start: () => Promise<void>
  /** Every server and its present children, for CPU accounting; empty unless bare. */
  readonly processIds: () => readonly number[]
  /** Ends the part for good and removes its data; may be called again. */
  readonly remove: () => Promise<void>
}

export function barePart(servers: readonly KeptServer[]): LocalPart {
  const each = async (act: (server: KeptServer) => Promise<void>) => {
    await Promise.all(servers.map(act))
  }
  return {
    kind: 'bare',
    servers,
    kill: () => each((server) => server.kill()),
    stop: () => each((server) => server.stop()),
    start: () => each((server) => server.start()),
    processIds: () => servers.flatMap((server) => server.processIds()),
    remove: () => each((server) => server.remove()),
  }
}

export function foreignPart(kind: 'given' | 'container', remove: () => Promise<void>): LocalPart {
  const refuse = async () => {
    throw new LocalPartsError('LOCAL_NOT_OURS', `it is ${kind}, so it cannot be taken away.`)
  }
  return {
    kind,
    servers: [],
    kill: refuse,
    stop: refuse,
    start: refuse,
    processIds: () => [],
    remove,
  }
}
