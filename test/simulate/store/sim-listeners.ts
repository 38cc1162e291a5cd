// Who hears NOTIFY on the simulated server. Notifications reach each listener in the order of the
// commits; one whose connection breaks misses what is sent until it listens again.
import type { SimDatabase } from './sim-database.ts'
import type { SimServerOptions, SimStep } from './sim-seam.ts'
import type { Notice } from './sim-transaction.ts'

/** As long as a real client takes to connect again. */
const listenAgainMs = 1_000

type Asked = {
  readonly database: SimDatabase
  readonly owner: string
  readonly channel: string
  readonly onPayload: (payload: string) => void
}

type Listener = Asked & {
  /** The notifications before it. */
  before: Promise<void>
  /** Rises when the connection breaks: what was under way then does not arrive. */
  epoch: number
  isDeaf: boolean
  readonly hear: (notice: Notice) => void
}

type Listeners = {
  /** Resolves once it listens, with what ends it. */
  listen(asked: Asked): Promise<() => Promise<void>>
  drop(owner: string): void
  /** Every connection breaks. */
  interrupt(): void
}

export function createListeners({
  clock,
  step,
}: {
  readonly clock: SimServerOptions['clock']
  readonly step: (at: SimStep) => Promise<void> | undefined
}): Listeners {
  const all = new Set<Listener>()
  const end = (listener: Listener) => {
    listener.epoch += 1
    listener.database.listeners.delete(listener.hear)
    all.delete(listener)
  }
  const interrupt = (listener: Listener) => {
    listener.epoch += 1
    listener.isDeaf = true
    void clock.wait(listenAgainMs).then(() => {
      listener.isDeaf = false
    })
  }
  return {
    listen: async (asked) => {
      const { owner, database, channel } = asked
      await step({ owner, database: database.name, kind: 'connect', name: channel })
      const hear = (notice: Notice) => {
        if (notice.channel !== channel || listener.isDeaf) return
        listener.before = deliver(step, listener, notice.payload).catch(() => interrupt(listener))
      }
      const listener: Listener = {
        ...asked,
        ...{ before: Promise.resolve(), epoch: 0, isDeaf: false, hear },
      }
      all.add(listener)
      database.listeners.add(hear)
      return async () => end(listener)
    },
    drop: (owner) => {
      for (const listener of all) if (listener.owner === owner) end(listener)
    },
    interrupt: () => {
      for (const listener of all) interrupt(listener)
    },
  }
}

async function deliver(
  step: (at: SimStep) => Promise<void> | undefined,
  listener: Listener,
  payload: string,
): Promise<void> {
  const { epoch, before, owner, database, channel, onPayload } = listener
  await before
  if (listener.epoch !== epoch) return
  await step({ owner, database: database.name, kind: 'notify', name: channel })
  if (listener.epoch === epoch) onPayload(payload)
}
