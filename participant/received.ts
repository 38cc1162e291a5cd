// A command as the kit keeps it while it is being handled. Made by `intake.ts`.
import type { IncomingRecord } from '../messaging/bus.ts'
import type { Direction } from '../messaging/message.ts'
import type { Span } from '../messaging/tracing.ts'
import type { Command } from './command.ts'
import type { Handler } from './handler.ts'

/** A command with all that is needed to fence, handle and answer it. */
export type Received = {
  readonly command: Command
  readonly direction: Direction
  readonly replyTo: string
  readonly handler: Handler
  readonly bodyHash: Buffer
  /** The same by older keys, of a command with sensitive fields. */
  readonly olderHashes: readonly Buffer[]
  /** Why the payload does not fit the contract, or null when it does. */
  readonly payloadProblem: string | null
  readonly record: IncomingRecord
  /** By the monotonic clock. */
  readonly takenAtMs: number
  /** Until its answer is in Kafka; only where something is traced. */
  readonly span?: Span
  /** Injected on purpose. */
  readonly crash?: InjectedCrash
}

/** Where the process dies with a command, and how: `happen` never returns. */
export type InjectedCrash = {
  readonly at: 'crash-before-commit' | 'crash-after-commit'
  readonly happen: () => Promise<never>
}

/** The first that is to happen there. */
export function crashOf(
  wave: readonly Received[],
  at: InjectedCrash['at'],
): InjectedCrash | undefined {
  return wave.find(({ crash }) => crash?.at === at)?.crash
}
