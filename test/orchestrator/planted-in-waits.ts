// Planted breaches of what a saga waits for, and of rows that belong to none.
import type { BreachName } from '../../orchestrator/audit/breaches.ts'
import { ids } from './audited-world.ts'
import { type PlantedBreaches, setHistory, setSnapshot, strangerId } from './planted-breach.ts'

const { completed, compensated, running, holder, waiter, asked } = ids
/** Of the year 2023. */
const oldId = '01890000-0000-7000-8000-000000000001'

type Planted = Extract<
  BreachName,
  `${'saga' | 'timer' | 'lock' | 'publish-batch' | 'outbox' | 'held-event' | 'held-start' | 'key'}.${string}`
>

export const plantedInWaits: PlantedBreaches<Planted> = {
  'saga.unreadable': [
    {
      what: 'a snapshot has lost its steps',
      sagas: `update sagas set snapshot = '{}' where id = '${running}'`,
      names: running,
    },
    {
      what: 'an entry is a text that no key made',
      sagas: setHistory(completed, 2, `event = '{"$encrypted":"v1.k.AAAA"}'`),
      names: completed,
    },
  ],
  'saga.waits-for-nothing': [
    {
      what: 'a pending step has no time',
      sagas: setSnapshot(asked, '"outcome":"done"', '"outcome":"pending"'),
      names: asked,
      also: ['history.state-differs'],
    },
  ],
  'saga.steps-contradict-its-end': [
    {
      what: 'a compensated saga left a step as it was',
      sagas: setSnapshot(compensated, '"undo":"done"', '"undo":"none"'),
      names: compensated,
      also: [
        ...['saga.steps-contradict-its-end' as const, 'history.state-differs' as const],
        ...['undo.unasked' as const, 'undo.unasked' as const],
      ],
    },
  ],
  'saga.end-undated': [
    {
      what: 'an ended saga has no time of its end',
      sagas: `update sagas set ended_at = null where id = '${completed}'`,
      names: completed,
    },
  ],
  'timer.missing': [
    {
      what: 'a timer is gone',
      sagas: `delete from timers where saga_id = '${running}'`,
      names: running,
    },
    {
      what: 'a timer is set too late',
      sagas: `update timers set due_at = due_at + interval '1 s' where saga_id = '${running}'`,
      names: running,
    },
  ],
  'timer.overdue': [
    {
      what: 'nobody wakes a saga',
      sagas: `update timers set due_at = now() - interval '61 s' where saga_id = '${running}'`,
      names: running,
    },
  ],
  'timer.stray': [
    {
      what: 'an ended saga has a timer',
      sagas: `insert into timers values ('${completed}', now())`,
      names: completed,
    },
    {
      what: 'a timer has no saga',
      sagas: `insert into timers values ('${strangerId}', now())`,
      names: strangerId,
    },
  ],
  'lock.missing': [
    {
      what: 'a saga lost its place',
      sagas: `delete from locks where saga_id = '${holder}'`,
      names: holder,
      also: ['lock.not-handed-on'],
    },
  ],
  'lock.not-handed-on': [
    {
      what: 'the next one was not told',
      sagas: `update locks set position = 0 where saga_id = '${waiter}'`,
      names: waiter,
    },
  ],
  'lock.stray': [
    {
      what: 'an ended saga has a place',
      sagas: `insert into locks values ('the-van', 9, '${completed}')`,
      names: completed,
    },
    {
      what: 'a place has no saga',
      sagas: `insert into locks values ('x', 9, '${strangerId}')`,
      names: strangerId,
    },
  ],
  'publish-batch.old': [
    {
      what: 'nobody published a batch',
      sagas: `insert into publish_batches values ('${oldId}', '{}', now())`,
      names: null,
    },
    {
      what: 'nobody published what a saga sent long ago',
      sagas: `insert into publish_batches values (gen_random_uuid(), '{${completed}}', now());
        update history set batch_id = (select id from publish_batches)
        where saga_id = '${completed}' and seq = 1`,
      names: null,
    },
    {
      what: 'the events of a batch are set aside',
      sagas: `insert into publish_batches values ('${oldId}', '{}', 'infinity')`,
      names: null,
    },
  ],
  'outbox.old': [
    {
      what: 'a service does not publish',
      work: `insert into outbox (topic, key, headers, value, created_at)
        values ('t', 'k', '{}', '{}', now() - interval '61 s')`,
      names: null,
    },
    {
      what: 'the orchestrator does not',
      sagas: `insert into outbox (topic, key, headers, value, created_at)
        values ('t', 'k', '{}', '{}', now() - interval '61 s')`,
      names: null,
    },
  ],
  'held-event.old': [
    {
      what: 'nobody takes an event',
      sagas: `insert into held_events (saga_id, event, record, held_at)
        values ('${running}', '{}', '{}', now() - interval '25 hours')`,
      names: running,
    },
  ],
  'held-start.old': [
    {
      what: 'nobody takes a start',
      sagas: `insert into held_starts (name, record, held_at)
        values ('trip', '{}', now() - interval '25 hours')`,
      names: null,
    },
  ],
  'key.without-saga': [
    {
      what: 'a key names no saga',
      sagas: `insert into idempotency_keys values ('trip', 'k', 'h', '${strangerId}')`,
      names: strangerId,
    },
  ],
}
