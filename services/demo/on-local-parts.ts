// Kafka and Postgres around a demo: started before it and stopped after it, whatever becomes of it.
import { type LocalParts, startLocalParts } from '../../local/local-parts.ts'

export type OnLocalPartsOptions = {
  /** Aborted when a person wants the end. */
  readonly signal: AbortSignal
  readonly report: (line: string) => void
}

/** @throws what `run` throws, the signal's reason among it. */
export async function onLocalParts<T>(
  { signal, report }: OnLocalPartsOptions,
  run: (parts: LocalParts) => Promise<T>,
): Promise<T> {
  // What is interrupted while it starts tidies up by itself once this process has ended.
  const parts = await Promise.race([startLocalParts({ report }), rejectedBy(signal)])
  try {
    return await run(parts)
  } finally {
    report('stopping Kafka and Postgres')
    await parts.stop()
  }
}

export function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
