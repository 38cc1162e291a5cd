// Leaves consumer groups in the name of members that are dead, so that nobody waits for their
// session to time out. kafkajs has the request but no call for it. Should such a member be alive
// after all, it is told so by its next heartbeat, and joins again.
import type { Kafka } from 'kafkajs'
import type { Log } from '../log.ts'
import { clientConfig, type KafkaConnection } from './client-settings.ts'
import { loadKafkaJs } from './load-kafkajs.ts'
import { within } from './within.ts'

export type GroupMember = { readonly groupId: string; readonly memberId: string }

/** Of kafkajs's inner parts, what is used here. */
type Cluster = {
  connect(): Promise<void>
  disconnect(): Promise<void>
  findGroupCoordinator(of: { readonly groupId: string }): Promise<{
    leaveGroup(member: GroupMember): Promise<unknown>
  }>
}

/** A group that is not left within this waits for the session of its member, as ever. */
const leaveDeadlineMs = 5_000

/** Never rejects: what cannot be left is logged. */
export async function leaveGroups(
  options: KafkaConnection & { readonly log: Log },
  members: readonly GroupMember[],
): Promise<void> {
  if (members.length === 0) return
  const { log } = options
  const { Kafka: Client } = loadKafkaJs()
  const cluster = clusterOf(new Client(clientConfig(options, log)))
  const late = () => new Error(`not within ${leaveDeadlineMs} ms`)
  try {
    if (cluster === null) throw new Error('this version of kafkajs has other inner parts')
    await within(cluster.connect(), leaveDeadlineMs, late)
    const left = members.map((member) => leave(cluster, member, log))
    await within(Promise.all(left), leaveDeadlineMs, late)
  } catch (error) {
    log.warn('kafka.groups.not_left', { members: members.length, error })
  } finally {
    await cluster?.disconnect().catch(() => undefined)
  }
}

async function leave(cluster: Cluster, member: GroupMember, log: Log): Promise<void> {
  const coordinator = await cluster.findGroupCoordinator({ groupId: member.groupId })
  try {
    await coordinator.leaveGroup(member)
    log.info('kafka.group.left_for', member)
  } catch (error) {
    // Its session timed out meanwhile, or a peer was first.
    if ((error as { readonly type?: unknown }).type !== 'UNKNOWN_MEMBER_ID') throw error
  }
}

function clusterOf(kafka: Kafka): Cluster | null {
  const name = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  )
  if (name === undefined) return null
  const inner = kafka as unknown as Readonly<Record<symbol, (options: object) => Cluster>>
  return inner[name]?.({ allowAutoTopicCreation: false }) ?? null
}
