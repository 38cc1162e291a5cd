// What makes a process pass the points that the usual load passes rarely or never. Each begins
// before the process that is to die does, and answers how to end it.
import { noKeys } from '../../../messaging/cipher.ts'
import type { MessageId, SagaId } from '../../../messaging/message.ts'
import { createRegistry, definitionKey } from '../../../orchestrator/definition/registry.ts'
import type { OrchestratorPoint } from '../../../orchestrator/points.ts'
import { holdEvents } from '../../../orchestrator/store/held-events.ts'
import { holdStarts } from '../../../orchestrator/store/held-starts.ts'
import { beatInstance } from '../../../orchestrator/store/instances.ts'
import { createRowCipher } from '../../../orchestrator/store/row-cipher.ts'
import type { ParticipantPoint } from '../../../participant/index.ts'
import type { CrashLoad } from './crash-load.ts'
import { crashSagas } from './crash-sagas.ts'
import type { CrashWorld } from './crash-world.ts'

type Given = { readonly world: CrashWorld; readonly load: CrashLoad; readonly nth: number }
export type Provocation = (given: Given) => Promise<() => Promise<void>>

const nothing = async () => undefined

/** Lifecycle events get no confirmation, so their batches are set aside. */
const sickEvents: Provocation = async ({ world }) => world.kafka.refuseWrites('sagaline.events')

/** A round of the load, again and again until it is over. */
const more =
  (round: (given: Given) => Promise<void>): Provocation =>
  async (given) => {
    const over = new AbortController()
    given.load.repeat(() => round(given), over.signal)
    return async () => over.abort()
  }

/** What came once comes again, as after an offset that was not committed. */
const again =
  (topic: string, isWanted: (type: string, key: string) => boolean): Provocation =>
  async (given) => {
    const { kafka } = given.world
    const records = (await kafka.read(topic)).filter(({ headers, key }) =>
      isWanted(String(headers['ce_type']), String(key)),
    )
    let next = 0
    return more(async () => {
      const record = records[next % records.length]
      next += 1
      if (record !== undefined) await kafka.write(plain(record))
    })(given)
  }

function plain({ topic, partition, key, value, headers }: Read) {
  const texts = Object.entries(headers).map(([name, text]) => [name, String(text)])
  return { topic, partition, key: String(key), value, headers: Object.fromEntries(texts) }
}

type Read = Awaited<ReturnType<CrashWorld['kafka']['read']>>[number]

const definitions = createRegistry(crashSagas).all().map(definitionKey)
const peer = '00000000-0000-7000-8000-000000000001'
const beat = { countedMs: 15_000, keptMs: 3_600_000 }

/** The death before may have left none; living sagas of any age may be brought out once more. */
const leftovers = more(async ({ world }) => {
  await world.sagas.query(
    `insert into publish_batches (id, saga_ids, due_at)
     select gen_random_uuid(), array[id], clock_timestamp() from sagas where ended_at is null limit 1`,
  )
})

/** Somebody has what the one that is to die lacks: it is not unknown, only not here. */
const besidePeer =
  (provoke: Provocation): Provocation =>
  async (given) => {
    const beatOnce = async ({ world }: Given) => {
      await beatInstance(world.sagas, { id: peer, definitions, ...beat })
    }
    await beatOnce(given)
    const stops = [await more(beatOnce)(given), await provoke(given)]
    return async () => void (await Promise.all(stops.map((stop) => stop())))
  }

/** A page of the pollers. One page is one pass of the point. */
const pageRows = 200
const rowsFor = (nth: number) => (nth === 1 ? 1 : nth * pageRows)

const list = <T>(count: number, make: (at: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, at) => make(at))

/** As if another instance had held them: repeats of what was taken long ago. */
const heldEvents: Provocation = async ({ world, nth }) => {
  const { rows } = await world.sagas.query<{ readonly id: string }>(
    `select id from sagas where name = 'hear' and status = 'completed' limit ${pageRows}`,
  )
  const [record] = await world.kafka.read('sagaline.replies')
  if (record === undefined) throw new Error('there is no reply yet')
  const event = { type: 'replied', outcome: 'succeeded', attempt: 1, data: null } as const
  const held = list(rowsFor(nth), (at) => {
    const sagaId = rows[at % rows.length]?.id as SagaId
    const commandId = `${sagaId}/put/do/1` as MessageId
    return { sagaId, event: { ...event, commandId }, cause: null, record }
  })
  await holdEvents(world.sagas, createRowCipher(createRegistry(crashSagas), noKeys), held)
  return nothing
}

const heldStarts: Provocation = async ({ world, nth }) => {
  const starts = await world.kafka.read('sagaline.starts')
  const record = starts.find(
    ({ headers, value }) =>
      String(headers['ce_type']) === 'sagaline.start-saga' && String(value).includes('"fill"'),
  )
  if (record === undefined) throw new Error('nothing was started over Kafka yet')
  await holdStarts(
    world.sagas,
    list(rowsFor(nth), () => ({ name: 'fill', record })),
  )
  return nothing
}

/** As a process left them whose events were late. */
const asideBatches: Provocation = async ({ world, nth }) => {
  await world.sagas.query(
    `insert into publish_batches (id, saga_ids, due_at)
     select gen_random_uuid(), array[id], 'infinity' from sagas order by id limit $1`,
    [nth],
  )
  return nothing
}

const rowsPerStatement = 1_000

/** Rows that the fence has kept for long enough, and one statement of the cleaner more. */
const oldFences: Provocation = async ({ world, nth }) => {
  await world.works.query(
    `insert into fence (saga_id, step, visit, state, created_at)
     select ('00000000-0000-7000-8000-' || lpad(to_hex(at), 12, '0'))::uuid, $1, 1, 'done',
       now() - interval '60 days'
     from generate_series(1, $2::int) as at`,
    [`old ${nth} ${Date.now()}`, nth * rowsPerStatement],
  )
  return nothing
}

/** What the load makes unreadable is sent again, and parked once more. */
const lettersOf = (database: 'sagas' | 'works') =>
  more(async ({ world }) => {
    await world[database].query(
      `update dead_letters set state = 'replaying', replay_due_at = clock_timestamp()
       where id = any(array(select id from dead_letters where state = 'parked' limit 5))`,
    )
  })

const letters: Provocation = async (given) => {
  const stops = await Promise.all([lettersOf('sagas')(given), lettersOf('works')(given)])
  return async () => void (await Promise.all(stops.map((stop) => stop())))
}

export const provocations: Readonly<
  Partial<Record<OrchestratorPoint | ParticipantPoint, Provocation>>
> = {
  'batch.before-set-aside': sickEvents,
  'batch.after-set-aside': sickEvents,
  'recovery.after-claim-before-publish': leftovers,
  'recovery.after-publish': leftovers,
  'recovery.after-claim-before-events': asideBatches,
  'start.after-hold-before-offset': besidePeer(async () => nothing),
  'held.after-hold-before-offset': besidePeer(async (given) => {
    const { rows } = await given.world.sagas.query<{ readonly id: string }>(
      `select id from sagas where name = 'hear'`,
    )
    const ids = new Set(rows.map(({ id }) => id))
    return again('sagaline.replies', (_, key) => ids.has(key))(given)
  }),
  'held.after-publish-before-release': heldEvents,
  'held-start.after-publish-before-release': heldStarts,
  'advance.before-next-woken': more(async ({ load }) => {
    await Promise.all(list(4, () => load.fill()))
  }),
  'signal.before-retry': more(({ load }) => load.overKafka()),
  'bulk.after-verbs-before-settle': more(({ load }) => load.cancelMany()),
  // The child cannot be started here, and is taken back before it is started elsewhere.
  'child.before-block': besidePeer(more(({ load }) => load.nest())),
  'child.after-answer-before-offset': again(
    'sagaline.starts',
    (type) => type === 'sagaline.run-saga',
  ),
  'fence-cleaner.after-delete': oldFences,
  'letters.after-claim-before-publish': letters,
  'letters.after-publish-before-settle': letters,
}

/** By point: what the process that is to die there has no definition of. */
export function lacksOf(point: string): readonly string[] {
  if (point === 'held.after-hold-before-offset') return ['hear@1', 'hear@2']
  if (point === 'child.before-block') return ['part@1']
  return point === 'start.after-hold-before-offset' ? ['fill@1'] : []
}
