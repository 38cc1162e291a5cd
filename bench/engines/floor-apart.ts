// The floor with a process for each of its parts and one for the load, as the product has them. What
// it costs above the floor in one process is the way between processes.
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { FloorLoadOrder } from '../floor/floor-load.ts'
import { type FloorPartOrder, floorParts } from '../floor/floor-parts.ts'
import { forkLoad, measure } from '../measure.ts'
import { type EngineOptions, partsOf, type RunningEngine } from './engine.ts'
import { startFloorAs } from './floor.ts'

const fileOf = (name: string) => fileURLToPath(new URL(`../floor/${name}`, import.meta.url))
const program = fileOf('floor-part.ts')
const loadProgram = fileOf('floor-load.ts')

const readyMsMax = 60_000

export function startFloorApart(options: EngineOptions): Promise<RunningEngine> {
  const { parts, report } = options
  return startFloorAs('floor-apart', options, async (order) => {
    const started = await Promise.all(floorParts.map((part) => startPart({ ...order, part })))
    try {
      const pids = started.flatMap(({ child }) => child.pid ?? [])
      const port = started.find((one) => one.port !== null)?.port ?? 0
      const loadOrder: FloorLoadOrder = { ...order, port }
      const load = forkLoad(loadProgram, loadOrder, { report })
      return await measure(order, load, () => ({ ...partsOf(parts), floor: pids }))
    } finally {
      await Promise.all(started.map(({ child }) => end(child)))
    }
  })
}

type Started = { readonly child: ChildProcess; readonly port: number | null }

function startPart(order: FloorPartOrder): Promise<Started> {
  const child = fork(program)
  child.send(order)
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`the floor's ${order.part} ${why}`))
    const timer = setTimeout(() => fail('was not ready in time'), readyMsMax)
    child.once('exit', (code) => fail(`ended with ${code}`))
    child.once('message', (message) => {
      clearTimeout(timer)
      resolve({ child, port: (message as Pick<Started, 'port'>).port })
    })
  })
}

/** It ends with its channel. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.disconnect()
  await ended
}
