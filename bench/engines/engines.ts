// Every engine that the bench knows, by its kind.
import type { EngineKind } from '../measurement.ts'
import { startDbos, startDbosInProcess } from '../peers/dbos/dbos.ts'
import { startEventuate } from '../peers/eventuate/eventuate.ts'
import { startRestate } from '../peers/restate/restate.ts'
import type { StartEngine } from './engine.ts'
import { startFloor } from './floor.ts'
import { startFloorApart } from './floor-apart.ts'
import { startSagaline } from './sagaline.ts'
import { startSketch } from './sketch.ts'

export const engines: Readonly<Record<EngineKind, StartEngine>> = {
  sagaline: async (options) => (await startSagaline(options)).engine,
  floor: startFloor,
  'floor-apart': startFloorApart,
  sketch: startSketch,
  dbos: startDbos,
  'dbos-in-process': startDbosInProcess,
  restate: startRestate,
  eventuate: startEventuate,
}
