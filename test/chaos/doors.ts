// The proxies of the system under chaos: one from each process to each broker and to Postgres, so
// that any of them can be cut off from any server while the others go on.
import type { MemberName } from './members.ts'

export type Door = {
  /** Of the proxy. */
  readonly name: string
  readonly member: MemberName
  /** A broker, from 0, or Postgres. */
  readonly leadsTo: number | 'postgres'
  readonly port: number
}

/** The brokers have a listener for each process, which tells it the ports of its own proxies. */
export const wayNames: Readonly<Record<MemberName, string>> = {
  orchestrator: 'ORCHESTRATOR1',
  'orchestrator-2': 'ORCHESTRATOR2',
  orders: 'ORDERS1',
  'orders-2': 'ORDERS2',
  payments: 'PAYMENTS1',
  'payments-2': 'PAYMENTS2',
  'customers-view': 'VIEW1',
}

/** Where the process finds Kafka. */
export function kafkaDoors(doors: readonly Door[], member: MemberName): readonly Door[] {
  return doors.filter((door) => door.member === member && door.leadsTo !== 'postgres')
}

export function postgresDoors(doors: readonly Door[], member: MemberName): readonly Door[] {
  return doors.filter((door) => door.member === member && door.leadsTo === 'postgres')
}
