// Gives and takes rights in Kafka, as somebody who may: the very list that `sagaline acls` prints.
import type { AclEntry, Admin } from 'kafkajs'
import { clientConfig, type KafkaConnection } from '../../messaging/kafka/client-settings.ts'
import { loadKafkaJs } from '../../messaging/kafka/load-kafkajs.ts'
import { silentLog } from '../../messaging/log.ts'
import type { Acl, Principal } from '../../orchestrator/cli/acls/acls-of.ts'
import { callCli } from '../cli/call-cli.ts'

/** As the command prints them for the order system. */
export async function orderAcls(): Promise<readonly Principal[]> {
  const { out } = await callCli([
    ...['acls', '--json', '--definitions', 'services/place-order/saga.ts'],
    ...['--writes', 'orders=orders.events', '--writes', 'payments=payments.events'],
    ...['--reads', 'orders=payments.events'],
  ])
  return JSON.parse(out).principals
}

export async function allow(connection: KafkaConnection, to: readonly Principal[]): Promise<void> {
  await asAdmin(connection, (admin) => admin.createAcls({ acl: entriesOf(to) }))
}

export async function forbid(connection: KafkaConnection, to: readonly Principal[]): Promise<void> {
  await asAdmin(connection, (admin) => admin.deleteAcls({ filters: entriesOf(to) }))
}

async function asAdmin(connection: KafkaConnection, work: (admin: Admin) => Promise<unknown>) {
  const { Kafka } = loadKafkaJs()
  const admin = new Kafka(clientConfig(connection, silentLog)).admin()
  await admin.connect()
  try {
    await work(admin)
  } finally {
    await admin.disconnect()
  }
}

function entriesOf(principals: readonly Principal[]): AclEntry[] {
  return principals.flatMap(({ name, acls }) => acls.flatMap((acl) => entries(name, acl)))
}

function entries(principal: string, acl: Acl): AclEntry[] {
  const kafka = loadKafkaJs()
  const { AclResourceTypes: types, AclOperationTypes: operations } = kafka
  const resourceType = { topic: types.TOPIC, group: types.GROUP, cluster: types.CLUSTER }[acl.type]
  const { LITERAL, PREFIXED } = kafka.ResourcePatternTypes
  const number = {
    Read: operations.READ,
    Write: operations.WRITE,
    Create: operations.CREATE,
    Delete: operations.DELETE,
    Describe: operations.DESCRIBE,
    DescribeConfigs: operations.DESCRIBE_CONFIGS,
  }
  return acl.operations.map((operation) => ({
    principal: `User:${principal}`,
    host: '*',
    permissionType: kafka.AclPermissionTypes.ALLOW,
    operation: number[operation],
    resourceType,
    resourceName: acl.name,
    resourcePatternType: acl.pattern === 'prefixed' ? PREFIXED : LITERAL,
  }))
}
