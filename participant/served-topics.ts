// Notes which topics a service takes commands from, next to the fence. Called once at a start.
import type { Db, Statement } from '../messaging/db.ts'

const serve: Statement = {
  name: 'participant-serve-topics',
  text: `
    insert into served_topics (topic, service)
    select topic, $2 from unnest($1::text[]) as served (topic) order by topic
    on conflict (topic) do update set service = excluded.service, served_at = clock_timestamp()`,
}

export async function noteServedTopics(
  db: Db,
  served: { readonly service: string; readonly topics: readonly string[] },
): Promise<void> {
  await db.query(serve, [served.topics, served.service])
}
