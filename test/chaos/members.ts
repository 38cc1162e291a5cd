// The seven processes under chaos and their settings. A step's timeout is longer than any run: a
// message that is lost is not helped by a resend, and its saga does not end.

import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { SystemProcess } from '../../services/system/system-process.ts'
import type { AuditedDatabases } from '../system/audited-rows.ts'
import { type Door, kafkaDoors, postgresDoors } from './doors.ts'
import { Member, type Role } from './member.ts'

export const memberNames = [
  'orchestrator',
  'orchestrator-2',
  'orders',
  'orders-2',
  'payments',
  'payments-2',
  'customers-view',
] as const
export type MemberName = (typeof memberNames)[number]

const neverMs = '3600000'
/** How far a process's clock jumps when it does: forwards for the first of a role, else back. */
const clockStepMs = 600_000

const clock = pathToFileURL(path.join(import.meta.dirname, 'stepping-clock.ts')).href

const shared = {
  // The least that a broker allows by default: a killed process keeps its partitions so long.
  KAFKA_SESSION_TIMEOUT_MS: '6000',
  TOPIC_REPLICATION_FACTOR: '3',
  STEP_TIMEOUT_MS: neverMs,
  STEP_ATTEMPTS: '3',
  LOG_LEVEL: 'warn',
  NODE_OPTIONS: `--import=${clock}`,
  // Processes start again and again: half of the processor time of a start is compilation.
  NODE_COMPILE_CACHE: path.join(import.meta.dirname, '../../node_modules/.cache/chaos'),
}

const programs: Readonly<Record<Role, string>> = {
  orchestrator: 'orchestrator/main.ts',
  orders: 'services/orders/main.ts',
  payments: 'services/payments/main.ts',
  'customers-view': 'services/customers-view/main.ts',
}

const databaseOf = {
  ...{ orchestrator: 'sagas', orders: 'orders', payments: 'payments' },
  'customers-view': 'view',
} as const satisfies Readonly<Record<Role, keyof ChaosDatabases>>

/** With that of the view of customers' orders. */
export type ChaosDatabases = AuditedDatabases & { readonly view: string }

export type MembersOptions = {
  readonly databases: ChaosDatabases
  readonly doors: readonly Door[]
  readonly onLine: (name: string, line: string) => void
  readonly onEvent: (line: string) => void
}

export function makeMembers(options: MembersOptions): readonly Member[] {
  return memberNames.map((name) => {
    const role = name.replace('-2', '') as Role
    const process = new SystemProcess({
      name,
      program: programs[role],
      environment: environmentOf(options, name, role),
      onLine: (line) => options.onLine(name, line),
    })
    return new Member(role, process, options.onEvent)
  })
}

function environmentOf({ databases, doors }: MembersOptions, name: MemberName, role: Role) {
  const brokers = kafkaDoors(doors, name).map(({ port }) => `127.0.0.1:${port}`)
  const url = new URL(databases[databaseOf[role]])
  url.port = `${postgresDoors(doors, name)[0]?.port}`
  const isFirst = name === role
  return {
    ...shared,
    KAFKA_BROKERS: brokers.join(','),
    DATABASE_URL: url.href,
    CHAOS_CLOCK_STEP_MS: `${isFirst ? clockStepMs : -clockStepMs}`,
    ...(role === 'orchestrator' && {
      SAGALINE_DEFINITIONS: 'services/place-order/saga.ts',
      PORT: '0',
    }),
  }
}
