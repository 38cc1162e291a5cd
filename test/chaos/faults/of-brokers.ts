// Faults of Kafka: a broker killed or frozen, all of them killed, each of them restarted in turn, leaders
// moved while all are up.
import { setTimeout as sleep } from 'node:timers/promises'
import type { KeptServer } from '../../../local/kept-server.ts'
import { awaitUntil } from '../../system/await-until.ts'
import type { ChaosWorld } from '../chaos-world.ts'
import type { Fault } from '../fault.ts'
import { freeze } from './freeze.ts'

const wholeLimitMs = 60_000
/** Longer than a client waits for an answer, and than a member's session. */
const awayMsMax = 20_000

/** With fewer than two replicas in sync nothing can be written, and the next fault would find that. */
function awaitWhole({ kafka }: ChaosWorld): Promise<boolean> {
  return awaitUntil('every replica is in sync again', () => kafka.isWhole(), wholeLimitMs)
}

function pidOf(server: KeptServer): number {
  const [pid] = server.processIds()
  if (pid === undefined) throw new Error(`${server.name} does not run`)
  return pid
}

const killed: Fault = {
  kind: 'broker.killed',
  lane: 'brokers',
  make: async (world, random) => {
    const broker = random.pick(world.brokers)
    const pid = pidOf(broker)
    const downMs = random.between(500, awayMsMax)
    await broker.kill()
    await sleep(downMs)
    await broker.start()
    await awaitWhole(world)
    return `${broker.name}, process ${pid}, away for ${Math.round(downMs)} ms`
  },
}

const frozen: Fault = {
  kind: 'broker.frozen',
  lane: 'brokers',
  make: async (world, random) => {
    const broker = random.pick(world.brokers)
    const ms = random.between(1_000, awayMsMax)
    await freeze([pidOf(broker)], ms)
    await awaitWhole(world)
    return `${broker.name} for ${Math.round(ms)} ms`
  },
}

const allKilled: Fault = {
  kind: 'brokers.all-killed',
  lane: 'brokers',
  make: async (world, random) => {
    const { brokers } = world
    const pids = brokers.map(pidOf)
    const downMs = random.between(500, 4_000)
    await Promise.all(brokers.map((broker) => broker.kill()))
    await sleep(downMs)
    await Promise.all(brokers.map((broker) => broker.start()))
    await awaitWhole(world)
    return `processes ${pids.join(', ')}, away for ${Math.round(downMs)} ms`
  },
}

const rolled: Fault = {
  kind: 'brokers.rolled',
  lane: 'brokers',
  make: async (world) => {
    const old = world.brokers.map(pidOf)
    for (const broker of world.brokers) {
      await broker.stop()
      await broker.start()
      await awaitWhole(world)
    }
    return `processes ${old.join(', ')} are ${world.brokers.map(pidOf).join(', ')}`
  },
}

/** What the services and the orchestrator read at every moment. */
const busyTopics = ['orders.commands', 'payments.commands', 'sagaline.replies'] as const
const movesMax = 4

const moved: Fault = {
  kind: 'leaders.moved',
  lane: 'brokers',
  make: async (world, random) => {
    const moves = 1 + random.below(movesMax)
    const topics = Array.from({ length: moves }, () => random.pick(busyTopics))
    for (const topic of topics) await world.kafka.moveLeaders(topic)
    return `of ${topics.join(', ')}`
  },
}

export const brokerFaults: readonly Fault[] = [killed, frozen, allKilled, rolled, moved]
