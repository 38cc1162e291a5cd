// `npm run explore -- --runs N --seed S`: as many random sagas as asked for, on all cores.
// `--seed S --run I` is one of them again. Whatever the cores, a seed stands for the same runs.
import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { readArguments } from './arguments.ts'
import { type Exploration, explore } from './explore.ts'
import { rareCases } from './hard-cases.ts'
import { mergeInOrder, type Slice, slicesOf } from './slices.ts'

if (isMainThread) await main()
else parentPort?.on('message', (slice: Slice) => parentPort?.postMessage(explore(slice)))

async function main(): Promise<void> {
  const { seed, runs, run } = readArguments(process.argv.slice(2))
  const asked = { seed: seed ?? Date.now(), first: run ?? 0, runs: run === null ? runs : 1 }
  console.info(run === null ? `${runs} runs, seed ${asked.seed}` : `run ${run}, seed ${asked.seed}`)
  const exploration = await exploreSideBySide(asked)
  const { failure } = exploration
  if (failure === null) {
    console.info(`${exploration.runs} runs ended as promised`)
    if (runs >= 20_000 && run === null) {
      console.info('met in fewer than 20 of them:', rareCases(exploration, 20))
    }
  } else console.error(failure.text)
  process.exitCode = failure === null ? 0 : 1
}

/** Workers take the slices in their order, until one of them fails. */
async function exploreSideBySide(asked: Slice): Promise<Exploration> {
  const slices = slicesOf(asked)
  const done: Exploration[] = []
  let next = 0
  let made = 0
  let isOver = false
  const workers = Math.min(availableParallelism(), slices.length)
  await Promise.all(
    Array.from({ length: workers }, async () => {
      const worker = new Worker(new URL(import.meta.url))
      for (let slice = slices[next]; slice !== undefined && !isOver; slice = slices[next]) {
        const index = next
        next += 1
        const explored = await exploreIn(worker, slice)
        done[index] = explored
        isOver ||= explored.failure !== null
        made += explored.runs
        console.info(`${made} of ${asked.runs}`)
      }
      await worker.terminate()
    }),
  )
  return mergeInOrder(done)
}

function exploreIn(worker: Worker, slice: Slice): Promise<Exploration> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.postMessage(slice)
  })
}
