// The floor with a process for each of its parts and one for the load, as the product has them. What
// it costs above the floor in one process is the way between processes.
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { within } from '../../messaging/kafka/within.ts'
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
    const started = floorParts.map((part) => startPart({ ...order, part }))
    // None of them ends by itself.
    const anyEnded = Promise.race(started.map(({ ended }) => ended)).then((part) => {
      throw new Error(`the floor's ${part} ended`)
    })
    anyEnded.catch(() => undefined)
    const bear = async () => {
      const ports = await Promise.all(started.map(({ port }) => port))
      const loadOrder: FloorLoadOrder = { ...order, port: ports.find((one) => one !== null) ?? 0 }
      const load = forkLoad(loadProgram, loadOrder, { report })
      const pids = started.flatMap(({ child }) => child.pid ?? [])
      return measure(order, load, () => ({ ...partsOf(parts), floor: pids }))
    }
    try {
      return await Promise.race([bear(), anyEnded])
    } finally {
      for (const { child } of started) if (child.connected) child.disconnect()
      await Promise.all(started.map(({ ended }) => ended))
    }
  })
}

type Started = {
  readonly child: ChildProcess
  /** Where it listens, or null; resolves when it is ready, and rejects when it is not in time. */
  readonly port: Promise<number | null>
  /** It ends with its channel. Resolves with its name. */
  readonly ended: Promise<string>
}

function startPart(order: FloorPartOrder): Started {
  const child = fork(program)
  child.send(order)
  const { part } = order
  const ended = new Promise<string>((resolve) => child.once('exit', () => resolve(part)))
  const ready = new Promise<number | null>((resolve) => {
    child.once('message', (message) => resolve((message as { readonly port: number | null }).port))
  })
  const late = () => new Error(`the floor's ${part} was not ready in time`)
  const port = within(ready, readyMsMax, late)
  port.catch(() => undefined)
  return { child, port, ended }
}
