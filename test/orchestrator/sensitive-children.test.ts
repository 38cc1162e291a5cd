// A child saga that handles sensitive data: what it is told and what it answers is encrypted on its
// way, and its parent gets it in plain.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { defineSaga } from '../../orchestrator/index.ts'
import { EngineWorld, type RunningOrchestrator } from './engine-world.ts'
import { cipherOf, Gift, giftHandlers, sendGift } from './sensitive-sagas.ts'

const canary = 'canary-5500-0000'
const cipher = cipherOf(1)
const { handlers: commands, got } = giftHandlers()

const child = Object.freeze({ ...sendGift, output: () => ({ card: canary }) })
const grantWish = defineSaga({
  name: 'grant-wish',
  version: 1,
  input: Gift,
  retry: { attempts: 1 },
  steps: [
    { name: 'first', saga: child },
    {
      name: 'second',
      saga: child,
      with: ({ input, reply }) => {
        const answer: unknown = reply(child)
        return { ...input, card: (answer as { readonly card: string }).card }
      },
    },
  ],
})
const definitions = [child, grantWish]

let world: EngineWorld
let running: RunningOrchestrator

beforeAll(async () => {
  world = await EngineWorld.start(definitions, ['gifts.events'])
  running = await world.startOrchestrator({ definitions, cipher })
  await world.startParcels({ commands, cipher, attempts: 1 })
}, 120_000)
afterAll(() => world.stop())

async function wish(note: string): Promise<Readonly<Record<string, unknown>>> {
  const { client } = running
  return (await client.start('grant-wish', { card: canary, note }, { waitS: 50 })).body
}

async function expectNoCanary(): Promise<void> {
  for (const topic of ['sagaline.starts', 'sagaline.replies']) {
    const values = (await world.kafka.read(topic)).map(({ value }) => value?.toString() ?? '')
    expect(values.length).toBeGreaterThan(0)
    expect(values.join('\n')).not.toContain(canary)
  }
}

it('its output reaches the parent, and nobody else', async () => {
  expect(await wish('works')).toMatchObject({ status: 'completed' })
  // The second child was told what the first one answered.
  expect(got.filter((card) => card === canary)).toHaveLength(2)
  await expectNoCanary()
})

it('its refusal is encrypted as well', async () => {
  expect(await wish('refuses')).toMatchObject({ status: 'compensated' })
  await expectNoCanary()
})
