// Whether the harm of a proxy is seen. A server that is down or frozen looks much like it, and that
// would be the doing of another fault.
import { type Probed, probe, probeServer, type Target } from './probe.ts'

/** Of a server that itself answered within `serverMs`. */
export type IsSeen = (probed: Probed, serverMs: number) => boolean

export type ProxyToTry = {
  readonly target: Target
  readonly port: number
  readonly serverPort: number
  readonly isSeen: IsSeen
}

/** Null: something else was seen, or the server did not answer before or after. */
export async function tryProxy(given: ProxyToTry): Promise<Probed | null> {
  const { target, port, serverPort, isSeen } = given
  const before = await probeServer(target, serverPort)
  const probed = await probe(target, port)
  const after = await probeServer(target, serverPort)
  if (before.end !== 'answered' || after.end !== 'answered') return null
  return isSeen(probed, Math.max(before.ms, after.ms)) ? probed : null
}
