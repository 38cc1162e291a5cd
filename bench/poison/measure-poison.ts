// What records that nobody can handle cost the others: rounds of the same load without and with
// poison on every topic of commands and replies, in one run; every poison record must be parked.
import { randomBytes } from 'node:crypto'
import { openDb } from '../../messaging/db.ts'
import { type Bus, createKafkaBus, silentLog } from '../../participant/index.ts'
import type { RunningSagaline } from '../engines/sagaline.ts'
import type { Measurement } from '../measurement.ts'

export type PoisonBench = RunningSagaline & {
  readonly brokers: readonly string[]
  readonly inFlight: number
  readonly warmUpMs: number
  readonly measureMs: number
  /** Of all records on those topics. */
  readonly percent: number
}

export type PoisonResult = {
  readonly percent: number
  readonly cleanPerSecond: number
  readonly poisonedPerSecond: number
  readonly ratio: number
  /** CPU-seconds of all processes for 1,000 sagas: what a busy machine does not change much. */
  readonly cleanCpuPer1000: number
  readonly poisonedCpuPer1000: number
  readonly poisonSent: number
  readonly poisonParked: number
  readonly failed: number
}

const topics = ['orders.commands', 'payments.commands', 'sagaline.replies']

/** Commands and replies of an order whose payment is taken. */
const recordsPerSaga = 6

/** Of each kind, taking turns, so that a slow minute of the machine meets both. */
const rounds = 3
const sendEveryMs = 20
const parkedWaitMsMax = 60_000

export const ratioMin = 0.9

export async function measurePoison(given: PoisonBench): Promise<PoisonResult> {
  const { engine, system, brokers, inFlight, warmUpMs, measureMs, percent } = given
  const onFatal = (error: Error) => console.error(error)
  const bus = createKafkaBus({ brokers, clientId: 'poison', log: silentLog, onFatal })
  await bus.start()
  const load = () => engine.measure({ inFlight, warmUpMs, measureMs })
  const [clean, poisoned]: [Measurement[], Measurement[]] = [[], []]
  let poisonSent = 0
  for (let round = 0; round < rounds; round += 1) {
    const one = await load()
    clean.push(one)
    const perSecond = (one.sagasPerSecond * recordsPerSaga * percent) / (100 - percent)
    const poison = sendPoison(bus, perSecond)
    poisoned.push(await load())
    poisonSent += await poison.stop()
  }
  await bus.stop()
  const figures = {
    cleanPerSecond: mean(clean, 'sagasPerSecond'),
    poisonedPerSecond: mean(poisoned, 'sagasPerSecond'),
    cleanCpuPer1000: mean(clean, 'cpuPer1000All'),
    poisonedCpuPer1000: mean(poisoned, 'cpuPer1000All'),
  }
  const failed = [...clean, ...poisoned].reduce((sum, one) => sum + one.failed, 0)
  const ratio = figures.poisonedPerSecond / figures.cleanPerSecond
  const poisonParked = await countParked(Object.values(system.databases), poisonSent)
  return { percent, ...figures, ratio, poisonSent, poisonParked, failed }
}

export function printPoison(result: PoisonResult): void {
  const { cleanPerSecond, poisonedPerSecond, cleanCpuPer1000, poisonedCpuPer1000 } = result
  const verdict = result.ratio >= ratioMin ? 'within' : 'BREAKS'
  const line = (title: string, perSecond: number, cpu: number) =>
    `${title.padEnd(18)} ${perSecond.toFixed(0)} sagas/s, ${cpu.toFixed(2)} CPU-s per 1,000`
  console.log(`
${line('without poison', cleanPerSecond, cleanCpuPer1000)}
${line(`with ${result.percent} % poison`, poisonedPerSecond, poisonedCpuPer1000)}
ratio              ${result.ratio.toFixed(3)}, ${verdict} the limit of at least ${ratioMin}
poison records     ${result.poisonSent} sent, ${result.poisonParked} parked
failed             ${result.failed}`)
}

type Averaged = 'sagasPerSecond' | 'cpuPer1000All'

function mean(measured: readonly Measurement[], figure: Averaged): number {
  return measured.reduce((sum, one) => sum + one[figure], 0) / measured.length
}

/** Bytes that are no message, on all partitions of the topics in turn. */
function sendPoison(bus: Bus, perSecond: number): { stop(): Promise<number> } {
  let sent = 0
  let isOver = false
  const startedAt = performance.now()
  const running = (async () => {
    while (!isOver) {
      const due = Math.floor(((performance.now() - startedAt) / 1_000) * perSecond) - sent
      const records = Array.from({ length: due }, (_, at) => ({
        topic: topics[(sent + at) % topics.length] as string,
        key: randomBytes(8).toString('hex'),
        value: randomBytes(200),
        headers: {},
      }))
      if (due > 0) await bus.publish(records)
      sent += due
      await new Promise((resolve) => setTimeout(resolve, sendEveryMs))
    }
  })()
  return {
    stop: async () => {
      isOver = true
      await running
      return sent
    },
  }
}

/** Waits for the last ones. */
async function countParked(urls: readonly string[], sent: number): Promise<number> {
  const dbs = urls.map((url) => openDb({ url, applicationName: 'bench', connectionsMax: 1 }))
  const until = performance.now() + parkedWaitMsMax
  try {
    for (;;) {
      const counts = await Promise.all(
        dbs.map((db) => db.query<{ n: number }>('select count(*)::int as n from dead_letters')),
      )
      const parked = counts.reduce((sum, { rows }) => sum + (rows[0]?.n ?? 0), 0)
      if (parked >= sent || performance.now() > until) return parked
      await new Promise((resolve) => setTimeout(resolve, sendEveryMs))
    }
  } finally {
    await Promise.all(dbs.map((db) => db.stop()))
  }
}
