// Leaving a group in a member's name, on a real broker: the others take over, and one that was
// taken for dead and is not comes back and loses nothing.
import { randomUUID } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import type { Bus } from '../../messaging/bus.ts'
import { createKafkaBus } from '../../messaging/kafka/kafka-bus.ts'
import { type GroupMember, leaveGroups } from '../../messaging/kafka/leave-groups.ts'
import { silentLog } from '../../messaging/log.ts'
import { workerBrokers } from '../worker-kafka.ts'
import { numbered, partitions, untilAll } from './bus-world.ts'
import { createSubscriber, until } from './subscriber.ts'

const connection = { brokers: workerBrokers(), clientId: 'leaving', log: silentLog }

/** Far longer than the tests: nothing here may wait for a session to end. */
const sessionTimeoutMs = 120_000

const buses: Bus[] = []

afterEach(async () => {
  await Promise.all(buses.splice(0).map((bus) => bus.stop()))
})

async function openMember(topic: string) {
  const joined: GroupMember[] = []
  const bus = createKafkaBus({
    ...connection,
    sessionTimeoutMs,
    heartbeatIntervalMs: 200,
    onJoined: (member) => joined.push(member),
    onFatal: (error) => {
      throw error
    },
  })
  buses.push(bus)
  await bus.start()
  await bus.ensureTopics([{ name: topic, partitions, replicationFactor: 1 }])
  const { handle, ...subscriber } = createSubscriber()
  await bus.subscribe({ groupId: topic, topics: [topic], batchRecordsMax: 100, handle })
  await until('it has joined', () => joined.length > 0)
  return { bus, joined, ...subscriber, values: subscriber.values }
}

test('a member that was taken for dead joins again and goes on', async () => {
  const topic = `leave.${randomUUID()}`
  const member = await openMember(topic)
  await member.bus.publish(numbered(topic, 0, 20))
  await until('all have come', () => new Set(member.values()).size === 20)
  const [before] = member.joined
  await leaveGroups(connection, [{ groupId: topic, memberId: before?.memberId ?? '' }])
  // On a busy machine it may rejoin by itself before, as the member that it is.
  const isAnother = ({ memberId }: GroupMember) => memberId !== before?.memberId
  await until('it has joined again, as another one', () => member.joined.some(isAnother))
  await member.bus.publish(numbered(topic, 20, 40))
  await until('the rest has come', () => new Set(member.values()).size === 40)
})

test('whom the broker does not know is left alone, and the others work on', async () => {
  const topic = `leave.${randomUUID()}`
  const member = await openMember(topic)
  await leaveGroups(connection, [{ groupId: topic, memberId: 'nobody' }])
  await member.bus.publish(numbered(topic, 0, 20))
  await untilAll(20, { ...createSubscriber(), values: member.values })
  // It may have rejoined by itself, as above.
  expect(new Set(member.joined.map(({ memberId }) => memberId)).size).toBe(1)
})

test('a broker that is away keeps nobody waiting', async () => {
  const away = { ...connection, brokers: ['127.0.0.1:9'] }
  await expect(leaveGroups(away, [{ groupId: 'g', memberId: 'm' }])).resolves.toBeUndefined()
})
