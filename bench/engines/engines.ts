// Every engine that the bench knows, by its kind.
import type { EngineKind } from '../measurement.ts'
import type { StartEngine } from './engine.ts'
import { startFloor } from './floor.ts'
import { startSagaline } from './sagaline.ts'
import { startSketch } from './sketch.ts'

export const engines: Readonly<Record<EngineKind, StartEngine>> = {
  sagaline: startSagaline,
  floor: startFloor,
  sketch: startSketch,
  dbos: startSketch,
  'dbos-in-process': startSketch,
  restate: startSketch,
  eventuate: startSketch,
}
