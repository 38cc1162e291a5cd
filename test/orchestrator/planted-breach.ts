// What the cases of planted breaches share: their form, and SQL that changes one row.
import type { BreachName } from '../../orchestrator/audit/breaches.ts'
import type { Planted as Statements } from './audited-world.ts'

export type PlantedBreach = Statements & {
  readonly what: string
  /** The saga that is named; null for what belongs to none. */
  readonly names: string | null
  /** What else is found, since one row tells of the other. */
  readonly also?: readonly BreachName[]
}

/** Cases by the breach that they plant: one without a case does not compile. */
export type PlantedBreaches<Name extends BreachName> = Readonly<
  Record<Name, readonly PlantedBreach[]>
>

/** Of no saga. */
export const strangerId = '01900000-0000-7000-8000-0000000000aa'

export const setSnapshot = (id: string, from: string, to: string) =>
  `update sagas set snapshot = replace(snapshot::text, '${from}', '${to}')::json where id = '${id}'`

export const setHistory = (id: string, seq: number, change: string) =>
  `update history set ${change} where saga_id = '${id}' and seq = ${seq}`

export const setFence = (id: string, step: string, change: string) =>
  `update fence set ${change} where saga_id = '${id}' and step = '${step}'`

export const addFence = (id: string, step: string, rest: string) =>
  `insert into fence (saga_id, step, visit, state, body_hash) values ('${id}', '${step}', ${rest})`
