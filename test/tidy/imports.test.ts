// The import law as tests: who may import whom, where each library lives, and that what the
// product imports is installed with it.
import { describe, expect, it } from 'vitest'
import { checkLibraries, checkRooms, findCircles } from './check-imports.ts'
import { bundled, homes } from './import-law.ts'
import { codeFiles, readSource, toCode } from './source-tree.ts'

describe('every file', () => {
  it('imports from rooms that it may see', () => {
    expect(codeFiles.flatMap(checkRooms)).toEqual([])
  })

  it('leaves each library to its home', () => {
    expect(codeFiles.flatMap(checkLibraries)).toEqual([])
  })

  it('is in no circle of imports', () => {
    expect(findCircles(codeFiles)).toEqual([])
  })
})

it('the package depends on the libraries that have a home, and on no other', () => {
  const { dependencies, peerDependencies, devDependencies } = JSON.parse(
    readSource('package.json').text,
  )
  const installed = Object.keys({ ...dependencies, ...peerDependencies })
  expect(installed.sort()).toEqual(Object.keys(homes).sort())
  expect(Object.keys(devDependencies)).toEqual(expect.arrayContaining(Object.keys(bundled)))
})

describe('a bad sample is found', () => {
  const rooms = (path: string, ...imports: readonly string[]) =>
    checkRooms(toCode(path, imports.join('\n')))

  it('a room that must not be seen', () => {
    expect(rooms('messaging/a.ts', "import { x } from '../orchestrator/b.ts'")).toHaveLength(1)
    expect(rooms('participant/a.ts', "import type { X } from '../orchestrator/b.ts'")).toHaveLength(
      1,
    )
    expect(rooms('orchestrator/a.ts', "import { x } from '../participant/b.ts'")).toHaveLength(1)
    expect(rooms('orchestrator/store/a.ts', "import { x } from '../http/b.ts'")).toHaveLength(1)
    expect(rooms('messaging/a.ts', "import { x } from '../test/b.ts'")).toHaveLength(1)
    expect(rooms('messaging/a.ts', "await import('../services/b.ts')")).toHaveLength(1)
    expect(rooms('messaging/a.ts', "type X = import('../services/b.ts').X")).toHaveLength(1)
  })

  it('the engine running what it may only know the types of', () => {
    const engine = 'orchestrator/engine/a.ts'
    expect(rooms(engine, "import { x } from '../../messaging/contract.ts'")).toHaveLength(1)
    expect(rooms(engine, "import type { X } from '../../messaging/contract.ts'")).toEqual([])
    expect(rooms(engine, "import { type X } from '../../messaging/contract.ts'")).toEqual([])
    expect(rooms(engine, "import { type X, y } from '../../messaging/contract.ts'")).toHaveLength(1)
    expect(rooms(engine, "import type { X } from '../../messaging/db.ts'")).toHaveLength(1)
  })

  it('a service that goes round the doors, or into another service', () => {
    const orders = 'services/orders/a.ts'
    expect(rooms(orders, "import { x } from '../../participant/index.ts'")).toEqual([])
    expect(rooms(orders, "import { x } from './orders-store.ts'")).toEqual([])
    expect(rooms(orders, "import { x } from '../../participant/fence.ts'")).toHaveLength(1)
    expect(rooms(orders, "import { x } from '../../messaging/db.ts'")).toHaveLength(1)
    expect(rooms(orders, "import { x } from '../../orchestrator/index.ts'")).toHaveLength(1)
    expect(rooms(orders, "import { x } from '../payments/commands.ts'")).toHaveLength(1)
  })

  it('a library outside its home, or without one', () => {
    const find = (path: string, from: string) =>
      checkLibraries(toCode(path, `import x from '${from}'`))
    expect(find('messaging/bus.ts', 'kafkajs')).toHaveLength(1)
    expect(find('messaging/kafka/x.ts', 'kafkajs/src/x.js')).toEqual([])
    expect(find('participant/x.ts', 'pg')).toHaveLength(1)
    expect(find('orchestrator/store/x.ts', 'xstate')).toHaveLength(1)
    expect(find('messaging/x.ts', 'left-pad')).toHaveLength(1)
    expect(find('messaging/x.ts', 'node:crypto')).toEqual([])
  })

  it('a circle', () => {
    const circle = [toCode('a.ts', "import './b.ts'"), toCode('b.ts', "import './a.ts'")]
    expect(findCircles(circle)).toHaveLength(1)
    const types = [toCode('a.ts', "import type { B } from './b.ts'"), circle[1]].filter((f) => !!f)
    expect(findCircles(types)).toEqual([])
  })
})
