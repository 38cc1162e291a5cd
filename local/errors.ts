/** The errors of local parts: one table, one class. Thrown by everything in this folder. */
const messages = {
  LOCAL_CONFIG_INVALID: 'The settings of the local parts are wrong',
  LOCAL_KAFKA_UNAVAILABLE: 'No Kafka to be had',
  LOCAL_POSTGRES_UNAVAILABLE: 'No Postgres to be had',
  LOCAL_TOXIPROXY_UNAVAILABLE: 'No toxiproxy to be had',
  LOCAL_TOXIPROXY_REFUSED: 'Toxiproxy did not do as it was told',
  LOCAL_START_FAILED: 'A local part did not start',
  LOCAL_NOT_OURS: 'This part was not started here as a process of its own',
  LOCAL_KEEPER_LOST: 'The keeper of a local part is gone',
  LOCAL_CHROMIUM_MISSING: 'No Chromium to be had',
  LOCAL_DATABASE_FAILED: 'A database could not be created',
} as const

export type LocalPartsErrorCode = keyof typeof messages

/** Its message is one sentence for a person; scripts print that alone, without the stack. */
export class LocalPartsError extends Error {
  readonly code: LocalPartsErrorCode

  constructor(code: LocalPartsErrorCode, detail: string, options?: { readonly cause?: unknown }) {
    super(`${messages[code]}: ${detail}`, options)
    this.name = 'LocalPartsError'
    this.code = code
  }
}

/** The one line worth showing of whatever was thrown. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n')[0] ?? ''
}
