// The part of a service that takes commands and answers them: it ties intake, waves, retries and
// publication together. A service makes one and starts it after its bus and database.
import { participantError } from './errors.ts'
import {
  type ParticipantDeps,
  type ParticipantOptions,
  resolveOptions,
} from './participant-options.ts'
import { RunningParticipant } from './running-participant.ts'
import { refuseKeyless } from './secrecy.ts'

export type Participant = {
  readonly service: string
  /** The topics of its commands. */
  readonly topics: readonly string[]
  /** Resolves when commands are taken. @throws PARTICIPANT_RUNNING, ENCRYPTION_KEY_MISSING */
  start(deps: ParticipantDeps): Promise<void>
  /**
   * Takes no more, finishes what runs and resolves when nothing does; what was not answered by
   * then is delivered again. Bus and database stay open. Idempotent.
   */
  stop(): Promise<void>
  /**
   * Call after the commit of a transaction with `startSaga` or `publishEvent`, so that it is
   * published at once; without a call that takes up to a second.
   */
  wakeOutbox(): void
  /** Why commands are not being handled at the moment, or null when all is well. */
  problem(): Promise<string | null>
}

/** @throws HANDLERS_COLLIDE when two handlers claim one command. */
export function createParticipant(options: ParticipantOptions): Participant {
  const resolved = resolveOptions(options)
  let running: RunningParticipant | null = null
  return {
    service: resolved.service,
    topics: resolved.topics,
    start: async (deps) => {
      if (running !== null) {
        throw participantError('PARTICIPANT_RUNNING', { service: resolved.service })
      }
      const contracts = [...resolved.handlers.values()].map(({ contract }) => contract)
      refuseKeyless(contracts, deps.cipher)
      running = new RunningParticipant(resolved, deps)
      await running.start()
    },
    stop: async () => running?.stop(),
    wakeOutbox: () => running?.wakeOutbox(),
    problem: async () => (running === null ? 'it was not started' : running.problem()),
  }
}
