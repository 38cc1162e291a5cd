// Planted breaches of the balance between sagas and what services did.
import type { BreachName } from '../../orchestrator/audit/breaches.ts'
import { ids } from './audited-world.ts'
import { addFence, type PlantedBreaches, setFence, strangerId } from './planted-breach.ts'

const { completed, compensated, unknown, terminated, running, stuck, parent } = ids

type Planted = Extract<BreachName, `${'receipt' | 'effect' | 'undo'}.${string}`>

export const plantedInReceipts: PlantedBreaches<Planted> = {
  'receipt.missing': [
    {
      what: 'a done step has no receipt',
      work: `delete from fence where saga_id = '${completed}' and step = 'b'`,
      names: completed,
    },
    {
      what: 'a done step is still asked for outside',
      work: setFence(completed, 'b', `state = 'asked'`),
      names: completed,
    },
    {
      what: 'an undone step of unknown outcome has none',
      work: `delete from fence where saga_id = '${unknown}' and step = 'b'`,
      names: unknown,
    },
    {
      what: 'a refused step has none',
      work: `delete from fence where saga_id = '${compensated}' and step = 'pay'`,
      names: compensated,
    },
    {
      what: 'a living saga’s done step has none',
      work: `delete from fence where saga_id = '${running}'`,
      names: running,
    },
    {
      what: 'the child of a completed parent is gone',
      sagas: `update sagas set parent_id = null where parent_id = '${parent}'`,
      names: parent,
    },
  ],
  'receipt.disagrees': [
    {
      what: 'a done step was refused',
      work: setFence(completed, 'b', `state = 'refused'`),
      names: completed,
    },
    {
      what: 'so it was of a living saga',
      work: setFence(running, 'a', `state = 'blocked'`),
      names: running,
    },
    {
      what: 'the child of a completed parent turned back',
      sagas: `update sagas set status = 'compensated' where parent_id = '${parent}'`,
      names: parent,
      also: ['saga.steps-contradict-its-end', 'history.end-differs', 'history.state-differs'],
    },
  ],
  'receipt.unasked': [
    {
      what: 'a step was done that was never entered',
      work: addFence(terminated, 'tell', `1, 'done', ''`),
      names: terminated,
    },
    {
      what: 'so it was in a living saga',
      work: addFence(running, 'tell', `1, 'done', ''`),
      names: running,
    },
    {
      what: 'a visit was done that never was',
      work: addFence(completed, 'a', `2, 'done', ''`),
      names: completed,
    },
  ],
  'receipt.without-saga': [
    {
      what: 'a command of no saga was done',
      work: addFence(strangerId, 'a', `1, 'done', ''`),
      names: strangerId,
    },
    {
      what: 'it came before all sagas',
      work: addFence('00000000-0000-7000-8000-000000000000', 'a', `1, 'refused', ''`),
      names: '00000000-0000-7000-8000-000000000000',
    },
    {
      what: 'it came after all sagas',
      work: addFence('ffffffff-ffff-ffff-ffff-ffffffffffff', 'a', `1, 'refused', ''`),
      names: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
    },
  ],
  'effect.not-undone': [
    {
      what: 'an undo did nothing',
      work: setFence(compensated, 'b', `state = 'done'`),
      names: compensated,
    },
    {
      what: 'a step took effect after its undo',
      work: setFence(unknown, 'b', `state = 'done'`),
      names: unknown,
    },
  ],
  'effect.of-refused-step': [
    {
      what: 'a refused step took effect',
      work: setFence(compensated, 'pay', `state = 'done'`),
      names: compensated,
    },
    {
      what: 'so it did in a living saga',
      work: setFence(stuck, 'tell', `state = 'done'`),
      names: stuck,
    },
  ],
  'effect.unflagged': [
    {
      what: 'a step took effect after its saga was terminated',
      work: `insert into fence (saga_id, step, visit, state, body_hash, created_at)
        values ('${terminated}', 'b', 1, 'done', '', now() - interval '1 hour')`,
      names: terminated,
    },
  ],
  'effect.twice': [
    {
      what: 'two services did one step',
      twin: addFence(completed, 'b', `1, 'done', ''`),
      names: completed,
    },
    {
      what: 'one did it and the other undid it',
      twin: addFence(compensated, 'b', `1, 'undone', ''`),
      names: compensated,
    },
  ],
  'undo.unasked': [
    {
      what: 'a completed saga’s step was undone',
      work: setFence(completed, 'a', `state = 'undone'`),
      names: completed,
    },
    {
      what: 'a step of a terminated saga was barred',
      work: addFence(terminated, 'b', `1, 'blocked', null`),
      names: terminated,
    },
  ],
  'undo.without-do': [
    {
      what: 'an undo was done without its do',
      work: setFence(compensated, 'a', `body_hash = null`),
      names: compensated,
    },
  ],
}
