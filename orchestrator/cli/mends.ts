// What a person can do about an error: said below its message.
const doctor = '`sagaline doctor` looks what is missing.'

const mends: Readonly<Record<string, string>> = {
  REST_UNREACHABLE:
    'Is it running? `sagaline dev` starts one here; --url or SAGALINE_URL says where another is.',
  DEFINITIONS_MISSING:
    'Name one with --definitions, or call it sagas.js, saga.js, orders.saga.js or sagas/orders.js (or .ts, .mjs, .mts).',
  LOGIN_REQUIRED: 'Put an API key or a token that is valid into SAGALINE_API_KEY.',
  FORBIDDEN: 'The key in SAGALINE_API_KEY has no role that may do this; docs/security.md has them.',
  SAGA_NOT_FOUND: '`sagaline list` has the ids.',
  SAGA_NAME_UNKNOWN:
    '`sagaline check` tells the sagas of this folder; the orchestrator has others.',
  SAGA_NOT_STUCK: '`sagaline show <id>` tells what can be done with it.',
  SAGA_PAST_PIVOT: '`sagaline show <id>` tells what can be done with it.',
  SAGA_PAUSED: '`sagaline resume <id> --reason …` lets it go on.',
  STEP_NOT_PARKED: '`sagaline show <id>` tells which step waits for a person.',
  DATABASE_UNREACHABLE: doctor,
  DATABASE_UNMIGRATED: '`sagaline migrate` does it for the orchestrator.',
  BROKER_UNREACHABLE: doctor,
}

export function mendOf(code: string): string | null {
  return mends[code] ?? null
}
