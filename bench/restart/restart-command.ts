// `npm run bench -- restart`: how long sagas stand still when the orchestrator is killed with many
// in flight, once when it is started again at once, once when a second one takes over.
import { parseArgs } from 'node:util'
import { type LocalParts, startLocalParts } from '../../local/local-parts.ts'
import { type Db, openDb } from '../../messaging/db.ts'
import { type OrderSystem, startOrderSystem } from '../../services/system/order-system.ts'
import { whole } from '../arguments.ts'
import { countDisagreements } from '../disagreements.ts'
import { partitions } from '../run/run-engines.ts'

const usage = `npm run bench -- restart [--sagas N] [--times N]

Starts N sagas (500), kills the orchestrator (SIGKILL) once all of them are started, and prints how
long after that the last one has ended: with an immediate restart, and with a second orchestrator
that takes over. Each is done several times (3).`

/** Neither case may take longer: then something is lost. */
const endLimitMs = 120_000
const lookMs = 5

/** Answers the exit code of the program. */
export async function restartCommand(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sagas: { type: 'string', default: '500' },
      times: { type: 'string', default: '3' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(usage)
    return 0
  }
  const sagas = whole('--sagas', values.sagas)
  const times = whole('--times', values.times, 100)
  const parts = await startLocalParts({ report: say, isForLoad: true })
  try {
    const startMs = await measureStart(parts)
    const restarts = await measureKills(parts, { sagas, times, orchestrators: 1 })
    const takeovers = await measureKills(parts, { sagas, times, orchestrators: 2 })
    const text = (kills: readonly Kill[]) => kills.map(({ text: told }) => `  ${told}`).join('\n')
    console.log(`\na start with nothing to do takes ${seconds(startMs)}`)
    console.log(`\nkilled and started again at once:\n${text(restarts)}`)
    console.log(`\nkilled, and a second one takes over:\n${text(takeovers)}`)
    return [...restarts, ...takeovers].every(({ isRight }) => isRight) ? 0 : 1
  } finally {
    await parts.stop()
  }
}

/** For comparison: the same program, started on empty tables. */
async function measureStart(parts: LocalParts): Promise<number> {
  const environment = { LOG_LEVEL: 'warn', TOPIC_PARTITIONS: String(partitions) }
  const system = await startOrderSystem({ parts, report: say, prefix: 'start_', environment })
  const [orchestrator] = system.orchestrators
  await orchestrator?.stop()
  const startedAt = performance.now()
  await orchestrator?.start()
  const startMs = performance.now() - startedAt
  await system.stop()
  return startMs
}

type Kill = { readonly text: string; readonly isRight: boolean }

type KillPlan = {
  readonly sagas: number
  readonly times: number
  readonly orchestrators: number
}

async function measureKills(parts: LocalParts, plan: KillPlan): Promise<readonly Kill[]> {
  const kills: Kill[] = []
  for (let time = 1; time <= plan.times; time += 1) {
    const system = await startOrderSystem({
      parts,
      report: () => undefined,
      prefix: `kill${plan.orchestrators}_${time}_`,
      orchestrators: plan.orchestrators,
      environment: { LOG_LEVEL: 'warn', TOPIC_PARTITIONS: String(partitions) },
    })
    const db = openDb({ url: system.databases.sagas, applicationName: 'bench', connectionsMax: 1 })
    try {
      const kill = await measureKill(system, db, plan)
      say(kill.text)
      kills.push(kill)
    } finally {
      await db.stop()
      await system.stop()
    }
  }
  return kills
}

async function measureKill(system: OrderSystem, db: Db, plan: KillPlan): Promise<Kill> {
  const [victim] = system.orchestrators
  if (victim === undefined) throw new Error('there is no orchestrator')
  await placeOrders(victim.url, 50, true)
  // Nothing is answered until all are under way.
  const services = [system.orders, ...system.payments]
  for (const { pid } of services) process.kill(pid ?? 0, 'SIGSTOP')
  await placeOrders(victim.url, plan.sagas, false)
  for (const { pid } of services) process.kill(pid ?? 0, 'SIGCONT')
  const all = plan.sagas + 50
  const endedBefore = await countEnded(db)
  const killed = victim.kill()
  const killedAt = performance.now()
  await killed
  if (plan.orchestrators === 1) await victim.start()
  const readyMs = performance.now() - killedAt
  while ((await countEnded(db)) < all) {
    if (performance.now() - killedAt > endLimitMs) break
    await pause(lookMs)
  }
  const endedMs = performance.now() - killedAt
  const lost = all - (await countEnded(db))
  const disagreements = await countDisagreements(system.databases)
  const ready = plan.orchestrators === 1 ? `ready after ${seconds(readyMs)}, ` : ''
  const text =
    `${all - endedBefore} sagas in flight: ${ready}all ended after ${seconds(endedMs)}; ` +
    `${lost} lost, ${disagreements} rows disagree`
  return { text, isRight: lost === 0 && disagreements === 0 }
}

/** Resolves when all are started; with `isWaiting` when all have ended. */
async function placeOrders(url: string, count: number, isWaiting: boolean): Promise<void> {
  const answers = Array.from({ length: count }, async (_, at) => {
    const order = {
      customerId: `c${at}`,
      amount: 4_200,
      items: [{ sku: 'book', quantity: 1 }],
      declinePayment: at % 10 === 9,
    }
    const answer = await fetch(`${url}/sagas/place-order`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(isWaiting ? { prefer: 'wait=60' } : {}) },
      body: JSON.stringify(order),
    })
    await answer.text()
    if (!answer.ok) throw new Error(`a start was answered with ${answer.status}`)
  })
  await Promise.all(answers)
}

async function countEnded(db: Db): Promise<number> {
  const { rows } = await db.query<{ ended: number }>({
    name: 'ended',
    text: 'select count(*)::int as ended from sagas where ended_at is not null',
  })
  return rows[0]?.ended ?? 0
}

const say = (line: string) => console.log(`  ${line}`)

const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
