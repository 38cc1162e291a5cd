// What must hold after all crashes: the auditor of the product finds nothing, every saga that was
// asked for has ended, and the rows of the service say the same as its sagas.
import { noKeys } from '../../../messaging/cipher.ts'
import { realClock } from '../../../messaging/clock.ts'
import { readTopic } from '../../../messaging/kafka/read-topic.ts'
import { silentLog } from '../../../messaging/log.ts'
import { audit } from '../../../orchestrator/audit/audit.ts'
import { createRegistry } from '../../../orchestrator/definition/registry.ts'
import { readLifecycleEvent } from '../../../orchestrator/lifecycle/lifecycle-event.ts'
import { createRowCipher } from '../../../orchestrator/store/row-cipher.ts'
import { poison } from './crash-load.ts'
import { crashSagas, worksService } from './crash-sagas.ts'
import type { CrashWorld } from './crash-world.ts'

/** Answers what is wrong, in words. */
export async function auditCrashes(world: CrashWorld): Promise<readonly string[]> {
  const registry = createRegistry(crashSagas)
  const { breaches, notJudged } = await audit({
    db: world.sagas,
    services: [{ name: worksService, db: world.works }],
    registry,
    rows: createRowCipher(registry, noKeys),
    scope: { type: 'all' },
    readEvents: (take) => readEvents(world, take),
    limits: { graceMs: 0, heldMsMax: 0, fenceMemoryMs: Number.MAX_SAFE_INTEGER },
  })
  return [
    ...breaches.map(({ name, sagaId, subject }) => `${name}: ${sagaId}: ${subject}`),
    ...notJudged.map(({ what, example }) => `not judged: ${what}: ${example}`),
    ...(await oddLetters(world)),
    ...(await oddWorks(world)),
    ...(await oddCharges(world)),
  ]
}

async function readEvents(world: CrashWorld, take: (event: never) => void) {
  const { brokers } = world
  let unreadable = 0
  const { oldestKept } = await readTopic({
    ...{ brokers, clientId: 'crash-audit', clock: realClock, log: silentLog },
    topic: 'sagaline.events',
    groupPrefix: 'crash-audit',
    take: (record) => {
      const event = readLifecycleEvent(record, noKeys)
      if ('problem' in event) unreadable += 1
      else take(event as never)
    },
  })
  return { oldestKept, unreadable }
}

/** Nothing is parked but what nobody can read or what came too early, and of that each record once. */
async function oddLetters(world: CrashWorld): Promise<readonly string[]> {
  const odd: string[] = []
  for (const db of [world.sagas, world.works]) {
    const { rows } = await db.query<{ readonly code: string; readonly reason: string }>(
      `select code, reason from dead_letters where value is distinct from $1
         and not (state = 'replayed' and code = 'SAGA_KEY_UNKNOWN') limit 5`,
      [Buffer.from(poison)],
    )
    odd.push(...rows.map(({ code, reason }) => `parked: ${code}: ${reason}`))
  }
  return odd
}

type Effects = { readonly saga_id: string; readonly step: string; readonly commands: string[] }

const undos: Readonly<Record<string, string>> = {
  'works.put': 'works.take-back',
  'works.check': 'works.uncheck',
  'works.wrap': 'works.unwrap',
  'works.charge': 'works.refund',
}

/** Each command took effect once; what a compensated saga did is undone. */
async function oddWorks(world: CrashWorld): Promise<readonly string[]> {
  const { rows: sagas } = await world.sagas.query<{ readonly id: string; readonly status: string }>(
    'select id, status from sagas',
  )
  const { rows } = await world.works.query<Effects>(
    `select saga_id, step, array_agg(command order by at) as commands
     from works group by saga_id, step`,
  )
  const status = new Map(sagas.map((saga) => [saga.id, saga.status]))
  return rows.flatMap(({ saga_id: id, step, commands }) => {
    const [first = '', second] = commands
    const ended = status.get(id)
    const isRight =
      ended === 'completed'
        ? commands.length === 1
        : ended === 'compensated' && commands.length === 2 && second === undos[first]
    return isRight ? [] : [`${step} of ${id}, which is ${ended}: ${commands.join(', ')}`]
  })
}

/** What the bank did is on record with the service, and nothing else is. */
async function oddCharges(world: CrashWorld): Promise<readonly string[]> {
  const { rows } = await world.works.query<{ readonly key: string }>(
    `with recorded as (
       select saga_id || '/' || step || '/'
         || case command when 'works.charge' then 'do' else 'undo' end || '/1' as key
       from works where command in ('works.charge', 'works.refund'))
     select coalesce(bank.key, recorded.key) as key
     from bank full join recorded on bank.key = recorded.key
     where bank.key is null or recorded.key is null limit 5`,
  )
  return rows.map(({ key }) => `${key}: bank and service differ`)
}
