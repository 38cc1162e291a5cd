// The parcel saga under semantic locks: a parcel is named `<key>,<key>#<anything>` and takes those
// keys. Also loaded by processes of their own, so it exports definitions only.
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import { neverMs, shipParcel } from './parcels.ts'

export function lockedParcel(lockTimeoutMs = neverMs): SagaDefinition {
  const lock = ({ parcel }: { readonly parcel: string }) => (parcel.split('#')[0] ?? '').split(',')
  return shipParcel({}, { lock, lockTimeoutMs })
}

export const usual = lockedParcel()
