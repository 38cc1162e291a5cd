// Faults between a process and a server, made by the proxies: slow, cut, reset, torn in the middle
// of a message, and silent in one direction or both while the connection seems to live.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Toxic } from '../../../local/toxiproxy.ts'
import type { Random } from '../../simulate/random.ts'
import { awaitUntil } from '../../system/await-until.ts'
import type { ChaosWorld } from '../chaos-world.ts'
import type { Door } from '../doors.ts'
import type { Fault } from '../fault.ts'
import { memberNames } from '../members.ts'
import type { Target } from './probe.ts'
import { type IsSeen, tryProxy } from './try-proxy.ts'

type Harm = {
  readonly name: string
  /** None: the proxy refuses and cuts everything. */
  readonly toxics: (random: Random) => readonly Toxic[]
  /** How long it lasts, at the most. */
  readonly msMax: number
  /** What somebody who tries the proxy must see. */
  readonly isSeen: IsSeen
}

const latencyMs = 400
/** The proxy cannot be told anything while a connection in it waits for a reader that does not read. */
const mendLimitMs = 180_000
const both = ['upstream', 'downstream'] as const
const silent: Toxic = { type: 'timeout', stream: 'downstream', attributes: { timeout: 0 } }

const harms: readonly Harm[] = [
  {
    name: 'slow',
    toxics: (random) => [
      {
        type: 'latency',
        stream: 'downstream',
        attributes: { latency: Math.round(random.between(latencyMs, 3_000)), jitter: 0 },
      },
    ],
    msMax: 8_000,
    isSeen: ({ end, ms }, serverMs) =>
      end === 'silent' || (end === 'answered' && ms - serverMs >= 0.9 * latencyMs),
  },
  {
    name: 'cut',
    toxics: () => [],
    msMax: 8_000,
    isSeen: ({ end }) => end === 'refused',
  },
  {
    name: 'reset',
    toxics: () => [{ type: 'reset_peer', stream: 'downstream', attributes: { timeout: 0 } }],
    msMax: 4_000,
    isSeen: ({ end }) => end === 'broken',
  },
  {
    name: 'torn',
    toxics: (random) => [
      {
        type: 'limit_data',
        stream: random.pick(both),
        attributes: { bytes: Math.round(random.between(100, 8_000)) },
      },
    ],
    msMax: 5_000,
    isSeen: ({ end }) => end === 'broken',
  },
  {
    // What is asked arrives and is carried out; its answer does not come.
    name: 'half-open',
    toxics: () => [silent],
    msMax: 10_000,
    isSeen: ({ end }) => end === 'silent',
  },
  {
    name: 'black-hole',
    toxics: () => both.map((stream) => ({ ...silent, stream })),
    msMax: 10_000,
    isSeen: ({ end }) => end === 'silent',
  },
]

/** Whose connections: of one process or all; to one broker or all of them. */
function pickDoors({ doors }: ChaosWorld, target: Target, random: Random): readonly Door[] {
  const member = random.chance(0.25) ? null : random.pick(memberNames)
  const broker = random.chance(0.5) ? null : random.below(3)
  return doors.filter((door) => {
    if (member !== null && door.member !== member) return false
    if (target === 'postgres') return door.leadsTo === 'postgres'
    return door.leadsTo !== 'postgres' && (broker === null || door.leadsTo === broker)
  })
}

async function harm(world: ChaosWorld, doors: readonly Door[], toxics: readonly Toxic[]) {
  for (const { name } of doors) {
    if (toxics.length === 0) await world.proxies.cut(name)
    for (const toxic of toxics) await world.proxies.poison(name, toxic)
  }
}

function serverBehind({ brokers, postgres }: ChaosWorld, { name, leadsTo }: Door) {
  const server = leadsTo === 'postgres' ? postgres : brokers[leadsTo]
  if (server === undefined) throw new Error(`${name} leads nowhere`)
  return server
}

function networkFault(target: Target, one: Harm): Fault {
  return {
    kind: `${target}.${one.name}`,
    lane: 'network',
    make: async (world, random) => {
      const doors = pickDoors(world, target, random)
      const ms = random.between(1_500, one.msMax)
      const startedAt = performance.now()
      try {
        await harm(world, doors, one.toxics(random))
        const door = random.pick(doors)
        const serverPort = serverBehind(world, door).port
        const seen = await awaitUntil(`${door.name} is ${one.name}`, () => {
          return tryProxy({ target, port: door.port, serverPort, isSeen: one.isSeen })
        })
        await sleep(Math.max(0, ms - (performance.now() - startedAt)))
        const whose = doors.length === 1 ? door.name : `${doors.length} ways to ${target}`
        return `${whose} for ${Math.round(ms)} ms; tried: ${seen.end} after ${seen.ms} ms`
      } finally {
        // Harm that stays would be another fault, which nobody planned.
        for (const { name } of doors) {
          const mend = () => world.proxies.mend(name).then(() => true)
          await awaitUntil(`${name} is mended`, mend, mendLimitMs)
        }
      }
    },
  }
}

export const networkFaults: readonly Fault[] = (['kafka', 'postgres'] as const).flatMap((target) =>
  harms.map((one) => networkFault(target, one)),
)
