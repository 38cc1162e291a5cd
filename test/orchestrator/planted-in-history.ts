// Planted breaches of the history of a saga.
import type { BreachName } from '../../orchestrator/audit/breaches.ts'
import { ids } from './audited-world.ts'
import { type PlantedBreaches, setHistory, setSnapshot } from './planted-breach.ts'

const { completed, unknown, terminated, running, stuck } = ids

type Planted = Extract<BreachName, `history.${string}`>

export const plantedInHistory: PlantedBreaches<Planted> = {
  'history.gap': [
    {
      what: 'an entry is gone',
      sagas: `delete from history where saga_id = '${completed}' and seq = 2`,
      names: completed,
    },
    {
      what: 'the last entry is gone',
      sagas: `delete from history where saga_id = '${running}' and seq = 2`,
      names: running,
    },
    {
      what: 'an event has another number',
      sagas: setHistory(completed, 2, `facts = replace(facts::text, '"seq":2', '"seq":3')::json`),
      names: completed,
    },
    {
      what: 'the saga counts more events',
      sagas: setSnapshot(completed, '"sequence":', '"sequence":1'),
      names: completed,
    },
  ],
  'history.end-differs': [
    {
      what: 'the last entry has another status',
      sagas: setHistory(completed, 5, `status = 'running'`),
      names: completed,
      also: ['history.illegal-event'],
    },
    {
      what: 'the row has another status',
      sagas: `update sagas set status = 'compensated' where id = '${unknown}' or id = '${terminated}'`,
      names: terminated,
      also: [
        'saga.steps-contradict-its-end',
        'saga.steps-contradict-its-end',
        'history.state-differs',
      ],
    },
  ],
  'history.sent-twice': [
    {
      what: 'one sending is recorded twice',
      sagas: setHistory(
        completed,
        2,
        `facts = (select json_agg(fact) from (
          select json_array_elements(facts) as fact union all
          select json_array_elements(facts) -> 1 where false union all
          select (facts -> 1)) as facts)`,
      ),
      names: completed,
      also: ['history.illegal-event'],
    },
  ],
  'history.illegal-event': [
    {
      what: 'an event is not the one that came',
      sagas: setHistory(completed, 4, `event = replace(event::text, 'succeeded', 'refused')::json`),
      names: completed,
    },
    {
      what: 'an event is of a kind that the engine refuses',
      sagas: setHistory(completed, 1, `event = replace(event::text, 'started', 'woken')::json`),
      names: completed,
    },
  ],
  'history.state-differs': [
    {
      what: 'the context is another one',
      sagas: setSnapshot(completed, '"amount":7', '"amount":70'),
      names: completed,
    },
    {
      what: 'an input was changed afterwards',
      sagas: setHistory(
        running,
        1,
        `event = replace(event::text, '"amount":7', '"amount":8')::json`,
      ),
      names: running,
    },
    {
      what: 'a step is marked as done',
      sagas: setSnapshot(stuck, '"outcome":"refused"', '"outcome":"skipped"'),
      names: stuck,
    },
  ],
  'history.without-saga': [
    {
      what: 'a saga is gone',
      sagas: `delete from sagas where id = '${stuck}'`,
      names: stuck,
      also: [
        'receipt.without-saga',
        'receipt.without-saga',
        'receipt.without-saga',
        'receipt.without-saga',
      ],
    },
  ],
}
