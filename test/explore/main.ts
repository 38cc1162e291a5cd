// `npm run explore -- --runs N --seed N`: as many random sagas as asked for, on all cores.
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { type Explored, explore } from './explore.ts'

/** Runs that a worker makes before it tells how it went. */
const chunkRuns = 5_000

type Share = { readonly runs: number; readonly seed: number }

if (isMainThread) await main()
else work(workerData as Share)

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { runs: { type: 'string' }, seed: { type: 'string' } },
    args: process.argv.slice(2).filter((argument) => argument !== '--'),
  })
  const runs = toCount(values.runs, 'runs') ?? 1_000_000
  const seed = toCount(values.seed, 'seed') ?? Date.now() % 2 ** 31
  console.info(`${runs} runs, seed ${seed}`)
  const workers = availableParallelism()
  const each = Math.ceil(runs / workers)
  const shares = Array.from({ length: workers }, (_, index) => ({ runs: each, seed: seed + index }))
  let done = 0
  const failures = await Promise.all(
    shares.map((share) =>
      runWorker(share, (made) => {
        done += made
        console.info(`${done} of ${each * workers}`)
      }),
    ),
  )
  const broken = failures.filter((failure) => failure !== null)
  for (const failure of broken) console.error(failure)
  console.info(broken.length === 0 ? 'every run ended as promised' : 'a promise was broken')
  process.exitCode = broken.length === 0 ? 0 : 1
}

function toCount(text: string | undefined, name: string): number | null {
  if (text === undefined) return null
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} must be a whole number`)
  return Number(text)
}

function runWorker(share: Share, onDone: (runs: number) => void): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: share })
    let failure: string | null = null
    worker.on('message', (explored: Explored) => {
      onDone(explored.runs)
      failure ??= explored.failure
    })
    worker.on('error', reject)
    worker.on('exit', () => resolve(failure))
  })
}

function work({ runs, seed }: Share): void {
  for (let made = 0; made < runs; made += chunkRuns) {
    const explored = explore({
      runs: Math.min(chunkRuns, runs - made),
      seed: seed + 1_000_003 * (made / chunkRuns),
    })
    parentPort?.postMessage(explored)
    if (explored.failure !== null) return
  }
}
