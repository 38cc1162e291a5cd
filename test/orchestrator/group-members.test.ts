// Whose groups are left: those of processes that are gone, told by their session lock, and of
// nobody else. On real Postgres; what Kafka makes of it is in test/conformance.
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { realClock } from '../../messaging/clock.ts'
import type { Db, Statement } from '../../messaging/db.ts'
import type { GroupMember } from '../../messaging/kafka/leave-groups.ts'
import { silentLog } from '../../messaging/log.ts'
import { SessionLock } from '../../messaging/session-lock.ts'
import { GroupMembers } from '../../orchestrator/coordinator/group-members.ts'
import { holdInstance } from '../../orchestrator/store/group-members.ts'
import { createTestDatabase, type TestDatabase } from '../participant/test-database.ts'
import { awaitUntil as until } from '../system/await-until.ts'

let database: TestDatabase
const started: GroupMembers[] = []
let left: GroupMember[]

beforeAll(async () => {
  database = await createTestDatabase(['messaging', 'orchestrator'])
})
afterAll(() => database.drop())
beforeEach(() => {
  left = []
})
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.stop()))
  await database.db.query('delete from group_members')
})

function makeProcess({ isPooled = false, onLook = (): void => undefined } = {}) {
  const instanceId = randomUUID()
  const statement = { ...holdInstance, values: [instanceId] }
  const lock = new SessionLock({ url: database.url, applicationName: 'test', statement })
  // As a pooler that gives the session to somebody else.
  const pooled = { start: async () => undefined, stop: async () => undefined }
  const members = new GroupMembers({
    instanceId,
    db: lookedThrough(database.db, onLook),
    lock: isPooled ? pooled : lock,
    leave: async (dead) => void left.push(...dead),
    clock: realClock,
    log: silentLog,
  })
  started.push(members)
  /** As SIGKILL: the machine closes its connections, and nothing is tidied up. */
  const kill = () => lock.stop()
  return { members, kill }
}

function lookedThrough(db: Db, onLook: () => void): Db {
  const query = (statement: Statement, values: readonly unknown[]) => {
    if (statement.name === 'group-members.is-free') onLook()
    return db.query(statement, values)
  }
  return Object.create(db, { query: { value: query } })
}

const written = async () => {
  const { rows } = await database.db.query('select member_id from group_members order by 1')
  return rows.map((row) => row['member_id'])
}

const isWritten = (id: string) => async () => (await written()).includes(id)

test('a process that was killed is left for by the next one, before that one joins', async () => {
  const first = makeProcess()
  await first.members.start()
  first.members.joined({ groupId: 'replies', memberId: 'one' })
  first.members.joined({ groupId: 'starts', memberId: 'two' })
  await until('both are written', isWritten('two'))
  await first.kill()
  const second = makeProcess()
  await second.members.start()
  expect(left.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1))).toEqual([
    { groupId: 'replies', memberId: 'one' },
    { groupId: 'starts', memberId: 'two' },
  ])
  expect(await written()).toEqual([])
})

test('a group that is joined while another is written down is written down as well', async () => {
  const { members } = makeProcess({
    // Before anything is written it looks whether its lock is held.
    onLook: () => members.joined({ groupId: 'starts', memberId: 'two' }),
  })
  await members.start()
  members.joined({ groupId: 'replies', memberId: 'one' })
  await until('one is written', isWritten('one'))
  await until('two is written', isWritten('two'))
})

test('a process that lives is left alone, and found when it is killed later', async () => {
  const [first, second] = [makeProcess(), makeProcess()]
  await first.members.start()
  first.members.joined({ groupId: 'replies', memberId: 'one' })
  await until('it is written', isWritten('one'))
  await second.members.start()
  second.members.joined({ groupId: 'replies', memberId: 'two' })
  await until('it is written', isWritten('two'))
  expect(left).toEqual([])
  await first.kill()
  await until('it is left for', async () => left.length > 0)
  expect(left).toEqual([{ groupId: 'replies', memberId: 'one' }])
})

test('a member that joined anew takes the place of the one before', async () => {
  const { members } = makeProcess()
  await members.start()
  members.joined({ groupId: 'replies', memberId: 'one' })
  members.joined({ groupId: 'replies', memberId: 'two' })
  await until('it is written', isWritten('two'))
  expect(await written()).toEqual(['two'])
})

test('a process that stops in order leaves no row behind', async () => {
  const { members } = makeProcess()
  await members.start()
  members.joined({ groupId: 'replies', memberId: 'one' })
  await until('it is written', isWritten('one'))
  await members.stop()
  expect(await written()).toEqual([])
})

test('a process that cannot hold its lock is never written down', async () => {
  const { members } = makeProcess({ isPooled: true })
  members.joined({ groupId: 'replies', memberId: 'one' })
  await members.start()
  await members.stop()
  expect(await written()).toEqual([])
})
