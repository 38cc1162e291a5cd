// Clock, chance and environment as tests: they come in as arguments, and the core is pure.
import { describe, expect, it } from 'vitest'
import { checkClock, checkCore, checkEnvironment } from './check-purity.ts'
import { codeFiles, toCode } from './source-tree.ts'

describe('every file', () => {
  it('is given time and chance', () => expect(codeFiles.flatMap(checkClock)).toEqual([]))
  it('is given its settings', () => expect(codeFiles.flatMap(checkEnvironment)).toEqual([]))
  it('of the core only computes', () => expect(codeFiles.flatMap(checkCore)).toEqual([]))
})

describe('a bad sample is found', () => {
  const samples = ['Date.now()', 'new Date()', 'Date()', 'Math.random()', 'performance.now()']

  it.each([...samples, 'randomUUID()', 'crypto.randomUUID()'])('%s', (sample) => {
    expect(checkClock(toCode('participant/a.ts', sample))).not.toEqual([])
    expect(checkClock(toCode('participant/main.ts', sample))).toEqual([])
    expect(checkClock(toCode('messaging/clock.ts', sample))).toEqual([])
  })

  it('a date that is made of something else is none', () => {
    expect(checkClock(toCode('participant/a.ts', 'new Date(now)'))).toEqual([])
  })

  it('the environment outside a config.ts', () => {
    const reads = 'const x = process.env.X\nconst { Y } = process.env'
    expect(checkEnvironment(toCode('participant/a.ts', reads))).toHaveLength(2)
    expect(checkEnvironment(toCode('services/orders/config.ts', reads))).toEqual([])
  })

  it.each([
    'setTimeout(f, 1)',
    'const f = async () => 1',
    'await x',
    'process.exit(1)',
    'fetch(url)',
    "import { readFileSync } from 'node:fs'",
  ])('%s in the core', (sample) => {
    expect(checkCore(toCode('orchestrator/engine/a.ts', sample))).not.toEqual([])
    expect(checkCore(toCode('orchestrator/store/a.ts', sample))).toEqual([])
  })
})
