// The consumer group members of the live processes, and the session lock of each process, which
// says whether it still lives.
import type { Db, Statement } from '../../messaging/db.ts'

export type MemberRow = {
  readonly instanceId: string
  readonly groupId: string
  readonly memberId: string
}

/** Taken on a connection that is kept; free once the process is gone. */
export const holdInstance: Statement = {
  name: 'group-members.hold',
  text: `select pg_advisory_lock(hashtextextended('sagaline ' || $1::text, 0))`,
}

/** Free although it was taken: a pooler between us and Postgres gives sessions away. */
const isFree: Statement = {
  name: 'group-members.is-free',
  text: `
    select pg_try_advisory_xact_lock(hashtextextended('sagaline ' || $1::text, 0)) as is_free`,
}

const join: Statement = {
  name: 'group-members.join',
  text: `
    insert into group_members (instance_id, group_id, member_id)
    select $1::uuid, * from unnest($2::text[], $3::text[])
    on conflict (instance_id, group_id) do update set member_id = excluded.member_id`,
}

/** The lock of each other instance is tried for the length of this statement only. */
const dead: Statement = {
  name: 'group-members.dead',
  text: `
    with others as materialized (
      select distinct instance_id from group_members where instance_id <> $1::uuid limit $2
    ), gone as materialized (
      select instance_id from others
      where pg_try_advisory_xact_lock(hashtextextended('sagaline ' || instance_id, 0))
    )
    select instance_id, group_id, member_id from group_members
    where instance_id in (select instance_id from gone)`,
}

const forget: Statement = {
  name: 'group-members.forget',
  text: 'delete from group_members where instance_id = any($1::uuid[])',
}

export async function isInstanceHeld(db: Db, instanceId: string): Promise<boolean> {
  const { rows } = await db.query<{ is_free: boolean }>(isFree, [instanceId])
  return rows[0]?.is_free === false
}

export async function joinGroups(
  db: Db,
  instanceId: string,
  members: readonly Omit<MemberRow, 'instanceId'>[],
): Promise<void> {
  const groups = members.map(({ groupId }) => groupId)
  const ids = members.map(({ memberId }) => memberId)
  await db.query(join, [instanceId, groups, ids])
}

/** Members of processes that are gone, at most `instancesMax` of them looked at. */
export async function findDeadMembers(
  db: Db,
  instanceId: string,
  instancesMax: number,
): Promise<readonly MemberRow[]> {
  const { rows } = await db.query<{ instance_id: string; group_id: string; member_id: string }>(
    dead,
    [instanceId, instancesMax],
  )
  return rows.map((row) => ({
    instanceId: row.instance_id,
    groupId: row.group_id,
    memberId: row.member_id,
  }))
}

export async function forgetMembers(db: Db, instanceIds: readonly string[]): Promise<void> {
  await db.query(forget, [instanceIds])
}
