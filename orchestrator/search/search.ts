// The read model as a part that lives and stops: what follows the sagas, and what looks after it.
// Made by `orchestrator.ts`, apart from the coordinator: sagas go on without it.
import type { EventFollower } from '../lifecycle/event-follower.ts'
import { createSearchFollower, type FollowerDependencies } from './search-follower.ts'
import { SearchPatrol } from './search-patrol.ts'

export class Search {
  readonly #follower: EventFollower
  readonly #patrol: SearchPatrol

  constructor(given: FollowerDependencies) {
    this.#follower = createSearchFollower(given)
    this.#patrol = new SearchPatrol(given)
  }

  start(): void {
    this.#follower.start()
    this.#patrol.start()
  }

  async stop(): Promise<void> {
    await Promise.all([this.#follower.stop(), this.#patrol.stop()])
  }
}
