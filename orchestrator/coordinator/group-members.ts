// Keeps the groups of Kafka from waiting for the dead: each process writes down which members it
// has, and leaves the groups for processes whose session lock is free. It looks when it starts,
// before it joins, and twice a second from then on. Two members on one partition do no harm, since
// every event takes the lock of its saga. States: made, started, stopped.
import type { Clock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import type { GroupMember } from '../../messaging/kafka/leave-groups.ts'
import type { Log } from '../../messaging/log.ts'
import {
  findDeadMembers,
  forgetMembers,
  isInstanceHeld,
  joinGroups,
} from '../store/group-members.ts'

export type GroupMembersOptions = {
  /** Of this process, new with each start. */
  readonly instanceId: string
  readonly db: Db
  /** Held while this process lives: `holdInstance` on a connection that is kept. */
  readonly lock: { start(): Promise<void>; stop(): Promise<void> }
  readonly leave: (members: readonly GroupMember[]) => Promise<void>
  readonly clock: Clock
  readonly log: Log
}

const lookMs = 500
/** Processes looked at in one go; the rest comes when some of those are gone. */
const instancesMax = 1_000

export class GroupMembers {
  readonly #options: GroupMembersOptions
  /** By group: the member that this process has there. */
  readonly #own = new Map<string, string>()
  readonly #stopping = new AbortController()
  #isWritten = true
  #writing: Promise<void> = Promise.resolve()
  #ended: Promise<void> | null = null

  constructor(options: GroupMembersOptions) {
    this.#options = options
  }

  /** This process has joined a group, perhaps again. */
  joined({ groupId, memberId }: GroupMember): void {
    if (this.#own.get(groupId) === memberId) return
    this.#own.set(groupId, memberId)
    this.#isWritten = false
    if (this.#ended !== null) void this.#write()
  }

  /** Resolves when the groups were left for the dead: now is the time to join. Never rejects. */
  async start(): Promise<void> {
    const { lock, log } = this.#options
    await lock.start().catch((error: unknown) => log.warn('group.members.not_held', { error }))
    await this.#look()
    this.#ended ??= this.#run()
  }

  /** After the groups were left. Idempotent. */
  async stop(): Promise<void> {
    const { db, instanceId, lock, log } = this.#options
    this.#stopping.abort()
    await this.#ended
    await this.#writing
    await forgetMembers(db, [instanceId]).catch((error: unknown) =>
      log.warn('group.members.not_forgotten', { error }),
    )
    await lock.stop()
  }

  async #run(): Promise<void> {
    const { clock } = this.#options
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await this.#write()
      await clock.wait(lookMs, signal)
      if (!signal.aborted) await this.#look()
    }
  }

  #write(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#writeNow())
    return this.#writing
  }

  /** A member whose process does not hold its lock must not be written down: it would seem dead. */
  async #writeNow(): Promise<void> {
    if (this.#isWritten) return
    const { db, instanceId, log } = this.#options
    try {
      if (!(await isInstanceHeld(db, instanceId))) return
      // Read only now: what was joined during the look counts as written from here on.
      const members = [...this.#own].map(([groupId, memberId]) => ({ groupId, memberId }))
      this.#isWritten = true
      await joinGroups(db, instanceId, members)
    } catch (error) {
      this.#isWritten = false
      log.warn('group.members.not_written', { error })
    }
  }

  async #look(): Promise<void> {
    const { db, instanceId, leave, log } = this.#options
    try {
      const dead = await findDeadMembers(db, instanceId, instancesMax)
      if (dead.length === 0) return
      await leave(dead.map(({ groupId, memberId }) => ({ groupId, memberId })))
      await forgetMembers(db, [...new Set(dead.map((member) => member.instanceId))])
    } catch (error) {
      log.warn('group.members.look.failed', { error })
    }
  }
}
