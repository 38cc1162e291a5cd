// The parts of the bench that only compute: arguments, comparison, plan, growth, pictures.
import { describe, expect, it } from 'vitest'
import { readArguments, secondsOf } from '../../bench/arguments.ts'
import { batchesOf } from '../../bench/batches.ts'
import { compareReports } from '../../bench/compare-reports.ts'
import { perSaga } from '../../bench/costs.ts'
import { readGrowArguments } from '../../bench/grow/grow-command.ts'
import { growthOf } from '../../bench/grow/statement-costs.ts'
import { parseReport } from '../../bench/measurement.ts'
import {
  endOfOnePostgres,
  planOf,
  postgresWalBytesMax,
  utilisation,
} from '../../bench/plan/plan.ts'
import { cheapest, planText } from '../../bench/plan/plan-command.ts'
import { plotReport } from '../../bench/run/plot-report.ts'
import { reportText } from '../../bench/run/print-report.ts'
import { measurementOf, reportOf } from './bench-samples.ts'

const read = (...args: readonly string[]) => {
  const given = readArguments(args)
  if (given === 'help') throw new Error('asked for help')
  return given
}

describe('arguments', () => {
  it('without any measure the system and its floor, longer with many in flight', () => {
    const given = read()
    expect(given.engines).toEqual(['sagaline', 'floor'])
    expect(given.inFlight.map((one) => secondsOf(given, one))).toEqual([20, 20, 30])
  })

  it('with peers or a sketch add each engine once', () => {
    const given = read('--peers', '--sketch', 'x.mjs', '--engine', 'dbos', '--seconds', '7')
    expect(given.engines).toEqual(['dbos', 'sketch', 'dbos-in-process', 'restate', 'eventuate'])
    expect(secondsOf(given, 2_000)).toBe(7)
  })

  it.each([
    ['--c', '1,x'],
    ['--c', '0'],
    ['--engine', 'temporal'],
    ['--orchestrators', '1.5'],
  ])('that make no sense are refused: %s %s', (...args) => {
    expect(() => read(...args)).toThrow(args[0])
  })

  it('of growth are scaled, and never to nothing', () => {
    expect(readGrowArguments(['--scale', '0.000001'])).toMatchObject({
      past: { ended: 10, sleeping: 1, waiting: 1 },
    })
    expect(() => readGrowArguments(['--scale', '2'])).toThrow('--scale')
  })
})

describe('costs', () => {
  const database = (commits: number, inserted: Record<string, number>) => ({
    commits,
    buffers: 10 * commits,
    bytes: 100 * commits,
    inserted,
  })
  const counts = (times: number) => ({
    databases: {
      sagas: database(20 * times, {
        sagas: 50 * times,
        history: 200 * times,
        publish_batches: 10 * times,
      }),
      orders: database(10 * times, { fence: 100 * times }),
      payments: database(5 * times, { fence: 50 * times }),
    },
    walBytes: 1_000 * times,
    walPages: 0,
    walSyncs: 25 * times,
    kafkaRecords: 700 * times,
    kafkaBytes: null,
  })

  it('are told by what was counted before and after', () => {
    expect(batchesOf(counts(1), counts(3))).toEqual({
      sagas: 100,
      batches: { orchestrator: 20, orders: 10, payments: 10 },
    })
    expect(perSaga(counts(1), counts(3), 100)).toEqual({
      ...{ sagas: 100, commits: 0.7, walSyncs: 0.5, walBytes: 20, walPages: 0, buffers: 7 },
      ...{ tableBytes: 70, kafkaRecords: 14, kafkaBytes: null },
    })
  })
})

describe('a comparison', () => {
  it('says how each figure changed, of what both measured', () => {
    const before = reportOf([measurementOf({ cpuPer1000All: 2 }), measurementOf({ inFlight: 1 })])
    const after = reportOf([measurementOf({ cpuPer1000All: 1 })])
    const text = compareReports(before, after)
    expect(text).toMatch(/CPU-s per 1,000 +2\.00 +1\.00 +-50\.0 %/)
    expect(text).not.toContain('1 in flight')
  })

  it('of two that have nothing in common says so', () => {
    const one = reportOf([measurementOf({ engine: 'dbos' })])
    expect(compareReports(one, reportOf([measurementOf({})]))).toContain('no measurement in common')
  })

  it('of a file that is no report is refused', () => {
    expect(() => parseReport('x.json', '{}')).toThrow('x.json is no report')
    expect(() => parseReport('x.json', 'x')).toThrow('x.json is no report')
  })
})

describe('a plan', () => {
  const measured = measurementOf({})

  it('scales what was measured, with room to breathe', () => {
    const plan = planOf(measured, 10_000)
    expect(plan.cores['postgres']).toBeCloseTo((0.2 * 10) / utilisation)
    expect(plan.cores).not.toHaveProperty('load')
    expect(plan.orchestrators).toBe(Math.ceil((0.1 * 10) / utilisation))
    expect(plan.walBytes).toBe(10_000 * 9_000)
    expect(plan.partitions).toBeGreaterThanOrEqual(plan.orchestrators)
    expect(plan.cells).toBe(1)
  })

  it('takes another cell where one Postgres ends', () => {
    const { sagasPerSecond, by } = endOfOnePostgres(measured)
    expect(by).toBe('WAL')
    expect(sagasPerSecond).toBeCloseTo(postgresWalBytesMax / 9_000)
    expect(planOf(measured, sagasPerSecond * 0.99).cells).toBe(1)
    expect(planOf(measured, sagasPerSecond * 1.01).cells).toBe(2)
  })

  it('goes by the cheapest measurement of the system', () => {
    const dear = measurementOf({ inFlight: 1, cpuPer1000All: 9 })
    const other = measurementOf({ engine: 'floor', cpuPer1000All: 0.1 })
    expect(cheapest([dear, measured, other])).toBe(measured)
    expect(() => cheapest([other])).toThrow('no measurement of sagaline')
    expect(planText(measured, [1_000_000])).toContain('1,000,000')
  })
})

describe('growth', () => {
  const cost = (text: string, buffers: number) => ({
    ...{ database: 'sagas', text, calls: 10, buffers, walBytes: 0, milliseconds: 1 },
  })

  it('names the statements that look at more pages for a saga, the worst first', () => {
    const before = { sagas: 100, costs: [cost('a', 500), cost('b', 500)] }
    const after = { sagas: 200, costs: [cost('a', 1_050), cost('b', 4_000), cost('c', 900)] }
    expect(growthOf(before, after).map(({ statement }) => statement.text)).toEqual(['b', 'c'])
  })
})

describe('a report', () => {
  const floor = measurementOf({ engine: 'floor', cpuPer1000All: 0.25, sagasPerSecond: 2_000 })
  const apart = measurementOf({ engine: 'floor-apart', sagasPerSecond: 1_250 })
  const report = reportOf([measurementOf({}), floor, apart])

  it('tells the ratio to the floor, in one process and in several', () => {
    expect(reportText(report)).toContain(
      'sagaline to the floor: 0.50 × its sagas/s, 1.00 × its p50, 2.20 × its CPU',
    )
    expect(reportText(report)).toContain('sagaline to the floor-apart: 0.80 × its sagas/s')
  })

  it('is drawn as a picture with every engine and every kind of process', () => {
    const picture = plotReport(report)
    expect(picture.match(/<rect/g)?.length).toBeGreaterThan(10)
    for (const word of ['sagaline', 'floor', 'postgres', 'orchestrator', '256 in flight']) {
      expect(picture).toContain(word)
    }
    expect(picture).not.toContain('NaN')
  })
})
