// Charges on a card network, over the real Kafka and Postgres: calls hang, answers are lost, nobody
// can say what became of them, sagas give up meanwhile, and one of two services goes. Each card is
// charged once in the end, or not at all.
import { Type } from 'typebox'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { realClock } from '../../messaging/clock.ts'
import { defineSaga } from '../../orchestrator/index.ts'
import { bookOf, bookSql, CardNetwork, cardHandlers, charge } from '../participant/card-network.ts'
import { awaitUntil } from '../system/await-until.ts'
import { EngineWorld } from './engine-world.ts'
import { factsOf } from './history-facts.ts'
import { loadVan } from './parcels.ts'
import { effectsSql, shippingHandlers } from './thanked-parcels.ts'

const input = Type.Object({ parcel: Type.String(), amount: Type.Integer() })

/** `hasty` gives up at once what is not answered, `patient` asks again. */
const sagaOf = (name: string, attempts: number) =>
  defineSaga({
    ...{ name, version: 1, input },
    steps: [
      {
        ...{ name: 'step', send: charge, attempts, timeoutMs: 1_500, firstDelayMs: 100 },
        with: ({ input }) => ({ amount: input.amount }),
        undo: { attempts: 20, firstDelayMs: 100 },
      },
      {
        ...{ name: 'load', kind: 'pivot', send: loadVan },
        with: ({ input }) => ({ parcel: input.parcel }),
      },
    ],
  })
const definitions = [sagaOf('patient', 20), sagaOf('hasty', 1)]

const hangMs = 3_000
/** Longer than the tries of one sending. */
const mutePerKey = 4

let world: EngineWorld
const network = new CardNetwork()
const troubles = new Map<string, string>()

beforeAll(async () => {
  world = await EngineWorld.start(definitions)
  await world.parcelsDb.query(bookSql)
  await world.parcelsDb.query(effectsSql)
  misbehave()
})
afterAll(() => world.stop())

/** Of the first call for each saga, by the trouble that its saga was started with. */
function misbehave(): void {
  const mute = new Map<string, number>()
  const troubleOf = (key: string) => (key.includes('/do/') ? troubles.get(key.slice(0, 36)) : null)
  network.before = async (key) => {
    if (troubleOf(key) !== 'hangs' || network.heardOf(key.slice(0, 36)).length > 1) return
    await realClock.wait(hangMs)
  }
  network.after = (key) => {
    const times = (mute.get(key) ?? 0) + 1
    mute.set(key, times)
    const trouble = troubleOf(key)
    if (trouble === 'loses' && times === 1) throw new Error('the answer is lost')
    if (trouble === 'is mute' && times <= mutePerKey) throw new Error('no answer')
  }
  let asked = 0
  network.beforeAsked = () => {
    asked += 1
    if (asked % 3 !== 0) throw new Error('nobody can say')
  }
}

const kinds = ['works', 'loses', 'hangs', 'is mute'].flatMap((trouble) =>
  ['patient', 'hasty'].flatMap((saga) =>
    ['P', 'no room'].map((parcel) => ({ trouble, saga, parcel })),
  ),
)

it('each card is charged once, or not at all, as its saga says', async () => {
  const commands = [...cardHandlers(network), ...shippingHandlers]
  const services = [{ commands }, { commands }]
  const [stopOne] = await Promise.all(services.map((options) => world.startParcels(options)))
  const { client } = await world.startOrchestrator({ definitions })
  const started = await Promise.all(
    [...kinds, ...kinds].map(async ({ trouble, saga, parcel }, at) => {
      // A start for later, so that its trouble is known before its first command is.
      const startAt = new Date(Date.now() + 2_000)
      const { body } = await client.start(
        saga,
        { parcel: `${at} ${parcel}`, amount: 5 },
        { startAt },
      )
      const id = String(body['id'])
      troubles.set(id, trouble)
      return id
    }),
  )
  await realClock.wait(3_000)
  await stopOne?.()
  const ends = await Promise.all(
    started.map((id) =>
      awaitUntil(`${id} ends`, async () => {
        const { status } = await client.saga(id)
        return /^(completed|compensated|stuck)$/.test(status) && { id, status }
      }),
    ),
  )
  const told = await Promise.all(
    ends.map(async ({ id, status }) => {
      const book = (await bookOf(world.parcelsDb, id)).join()
      return { id, status, balance: network.balance(id), book }
    }),
  )
  const isRight = ({ status, balance, book }: (typeof told)[number]) =>
    status === 'completed'
      ? balance === 1 && book === 'charge'
      : status === 'compensated' && balance === 0 && ['', 'charge,refund'].includes(book)
  expect(told.filter((one) => !isRight(one))).toEqual([])
  // Some completed, and some turned back while nobody knew whether the card was charged.
  expect(new Set(told.map(({ status }) => status))).toEqual(new Set(['completed', 'compensated']))
  const facts = await Promise.all(started.map((id) => factsOf(world.sagasDb, id)))
  const isUnknown = (all: readonly string[]) => all.some((fact) => fact.startsWith('step.unknown'))
  expect(facts.filter(isUnknown).length).toBeGreaterThan(0)
  expect(network.heard.filter((line) => line.startsWith('ask')).length).toBeGreaterThan(0)
}, 120_000)
