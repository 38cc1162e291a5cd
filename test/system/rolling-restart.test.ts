// Three brokers, every topic on all of them, restarted in turn under load, as an upgrade of Kafka does
// it. `npm run cluster`: three brokers on two cores take a minute, and `npm test` has the same among
// the faults of its chaos run, so it is left out there.
import { afterEach, expect, it, onTestFailed } from 'vitest'
import { startBareKafka } from '../../local/bare-kafka.ts'
import type { KeptServer } from '../../local/kept-server.ts'
import type { SystemProcess } from '../../services/system/system-process.ts'
import { GuestKafka } from '../chaos/guest-kafka.ts'
import { bareConfig } from '../local/bare-parts.ts'
import { auditOrders, describeBreaches } from './audit.ts'
import { auditEvents } from './audit-events.ts'
import { auditLifecycle } from './audit-lifecycle.ts'
import { awaitUntil } from './await-until.ts'
import { OrderWorld } from './order-world.ts'
import { loadWhile } from './rolling-load.ts'

const rounds = Number(process.env['CLUSTER_ROUNDS'] ?? '0')
const inFlight = 64
const around = 300
/** With one broker away for seconds; a step's timeout is 10 minutes. */
const limitMs = 60_000

const undo: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

/** Starts again what has ended by itself, as a platform would: on a busy machine a process that has
 * not been heard by a coordinator for too long gives up. */
function keepUp(processes: readonly SystemProcess[]) {
  let isStopping = false
  let restarts = 0
  const keep = async (process: SystemProcess) => {
    for (;;) {
      await process.ended()
      if (isStopping) return
      restarts += 1
      await process.start()
    }
  }
  const kept = Promise.all(processes.map(keep))
  // Whoever stops it is told of one that did not start.
  kept.catch(() => undefined)
  const stop = async () => {
    isStopping = true
    await Promise.all([...processes.map((process) => process.stop()), kept])
  }
  return { restarts: () => restarts, stop }
}

it.runIf(rounds > 0)(
  'loses nothing and ends every saga while each of three brokers is restarted in turn',
  async () => {
    const report = (line: string) => console.log(`[cluster] ${line}`)
    const servers = await startBareKafka({ config: bareConfig(), brokerCount: 3, report })
    undo.push(async () => void (await Promise.all(servers.map((server) => server.remove()))))
    const brokers = servers.map(({ port }) => `127.0.0.1:${port}`)
    const kafka = new GuestKafka(brokers)
    await kafka.start()
    undo.push(() => kafka.stop())
    const environment = { TOPIC_REPLICATION_FACTOR: '3' }
    const two = { orchestrators: 2, paymentServices: 2 }
    const world = await OrderWorld.start({ ...two, brokers, environment })
    undo.push(() => world.stop())
    onTestFailed(() => console.log(world.lines.join('\n')))
    const keeper = keepUp([
      ...world.system.orchestrators,
      world.system.orders,
      ...world.system.payments,
    ])
    undo.push(() => keeper.stop())
    const restart = async (server: KeptServer) => {
      const beganAt = performance.now()
      await server.stop()
      await server.start()
      await awaitUntil('every replica is in sync again', () => kafka.isWhole())
      report(`${server.name} is back after ${Math.round(performance.now() - beganAt)} ms`)
    }
    const load = await loadWhile({
      ...{ world, inFlight, around, limitMs },
      roll: async () => {
        for (let round = 0; round < rounds; round += 1) {
          for (const server of servers) await restart(server)
        }
      },
    })
    report(
      `${load.starts.length} orders; none ended for ${load.longestPauseMs} ms at the most; ` +
        `processes started anew: ${keeper.restarts()}; ` +
        `told to come again: ${JSON.stringify([...load.later])}`,
    )
    expect(describeBreaches(await auditOrders(world.databases, load.starts))).toEqual([])
    expect(await auditEvents(world.kafka, world.dbs)).toEqual([])
    expect(await auditLifecycle(world.kafka, world.dbs.sagas)).toEqual([])
  },
  600_000,
)
