// Two versions of the parcel saga for deployments under load: in the second one customers are
// thanked as well. Every effect is a row, so that nothing done twice goes unseen.
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import { defineSaga } from '../../orchestrator/index.ts'
import { defineCommand, type Handler, handle, refused, succeeded } from '../../participant/index.ts'
import { announce, clearShelf, loadVan, neverMs, Parcel, takeShelf } from './parcels.ts'

/** Thanks are another service's, so that nobody else waits for it. */
export const thanksTopic = 'thanks.commands'

const thank = defineCommand({ name: 'thanks.thank', topic: thanksTopic, payload: Parcel })

const shipping = {
  name: 'ship-parcel',
  input: Parcel,
  retry: { timeoutMs: neverMs },
} as const
const shelf = { name: 'takeShelf', send: takeShelf } as const
const van = { name: 'loadVan', send: loadVan } as const
const announced = { name: 'announce', kind: 'retriable', send: announce } as const

export const first: SagaDefinition = defineSaga({
  ...shipping,
  version: 1,
  steps: [shelf, van, announced],
})
export const second: SagaDefinition = defineSaga({
  ...shipping,
  version: 2,
  steps: [shelf, van, announced, { name: 'thank', kind: 'retriable', send: thank }],
})

export const effectsSql = `
  create table effects (saga_id uuid not null, effect text not null)`

const insert = 'insert into effects (saga_id, effect) values ($1, $2)'

/** How many customers may be thanked so far; the service tries the others again and again. */
export class Thanks {
  readonly #given = new Set<string>()
  #limit = 0

  allowMore(count: number): void {
    this.#limit = this.#given.size + count
  }

  mayThank(sagaId: string): boolean {
    if (this.#given.size < this.#limit) this.#given.add(sagaId)
    return this.#given.has(sagaId)
  }
}

/** The van has no room for parcels that say so. */
export const shippingHandlers: readonly Handler[] = [
  handle(takeShelf, async (tx, { sagaId }) => {
    await tx.query(insert, [sagaId, takeShelf.name])
    return succeeded({ shelf: sagaId })
  }),
  handle(clearShelf, async (tx, { sagaId }) => {
    await tx.query(insert, [sagaId, clearShelf.name])
    return succeeded()
  }),
  handle(loadVan, async (tx, { sagaId, payload }) => {
    if (payload.parcel.includes('no room')) return refused('full')
    await tx.query(insert, [sagaId, loadVan.name])
    return succeeded()
  }),
  handle(announce, async (tx, { sagaId }) => {
    await tx.query(insert, [sagaId, announce.name])
    return succeeded()
  }),
]

/** What a handler that throws has written is rolled back. */
export function thankingHandlers(thanks: Thanks): readonly Handler[] {
  return [
    handle(thank, async (tx, { sagaId }) => {
      await tx.query(insert, [sagaId, thank.name])
      if (!thanks.mayThank(sagaId)) throw new Error('not yet')
      return succeeded()
    }),
  ]
}

const shipped = ['parcels.take-shelf', 'parcels.load-van', 'parcels.announce']

/** What must have been done for a saga of that version, in the order of the names. */
export function effectsOf({ version, parcel }: { version: number; parcel: string }): string {
  if (parcel.includes('no room')) return 'parcels.clear-shelf,parcels.take-shelf'
  return [...shipped, ...(version === 2 ? ['thanks.thank'] : [])].toSorted().join()
}
