// What a participant said why it will not do it, as a machine written by hand hears it. XState types
// the error of every `onError` as unknown; this gives it its contract's type, once it was checked.
import type { CommandContract, RefusalOf } from '../../messaging/contract.ts'

/**
 * For the guards and actions of an `onError`: the reason, as the contract of the invoked command
 * describes it. Null where the step was not refused, but its outcome stayed unknown or a person
 * skipped it, and where what came does not fit the contract. The same for the same event; never
 * throws.
 */
export function refusalOf<C extends CommandContract>(
  event: { readonly type: string },
  contract: C,
): RefusalOf<C> | null {
  const { error, isRefusal } = event as { readonly error?: unknown; readonly isRefusal?: boolean }
  if (isRefusal !== true || contract.checkRefusal(error) !== null) return null
  return error as RefusalOf<C>
}
