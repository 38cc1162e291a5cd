// `sagaline check` and `sagaline diagram`: which modules of a folder are looked at, what is said of
// them, and how they are drawn.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { exitCodes } from '../../orchestrator/cli/command.ts'
import { findDefinitions } from '../../orchestrator/cli/definitions/find-definitions.ts'
import { timeBudget } from '../../orchestrator/cli/definitions/time-budget.ts'
import { loadDefinitions } from '../../orchestrator/load-definitions.ts'
import { callCli } from './call-cli.ts'
import { runBinary } from './run-binary.ts'

const root = path.join(import.meta.dirname, '../..')
const example = (name: string) => path.join(root, 'examples', name, 'saga.ts')
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sagaline-cli-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function write(file: string, text = ''): Promise<void> {
  await mkdir(path.dirname(path.join(folder, file)), { recursive: true })
  await writeFile(path.join(folder, file), text)
}

it('finds modules that are called like sagas, and runs no other', async () => {
  const sagas = ['a/order.saga.ts', 'saga.js', 'sagas/pay.mts', 'src/sagas.mjs']
  const others = [
    ...['a/order.saga.test.ts', 'saga.d.ts', 'server.ts', 'src/sagaline.ts', 'order-saga.txt'],
    ...['node_modules/x/saga.js', 'dist/saga.js', '.cache/saga.js', 'a/b/c/d/e/saga.ts'],
  ]
  for (const file of [...sagas, ...others]) await write(`tree/${file}`)
  expect(await findDefinitions(path.join(folder, 'tree'))).toEqual(sagas)
})

it('says where a folder without sagas should have them', async () => {
  await mkdir(path.join(folder, 'empty'))
  const { code, err } = await runBinary(['check'], { cwd: path.join(folder, 'empty') })
  expect(code).toBe(exitCodes.refused)
  expect(err).toMatch(/DEFINITIONS_MISSING.*\n.*--definitions.*sagas\.js/)
})

it('says in plain words that its Node is too old', async () => {
  const old = '{value:{...process.versions,node:`20.19.0`}}'
  const code = encodeURIComponent(`Object.defineProperty(process,'versions',${old})`)
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${code}` }
  const { err, out } = await runBinary(['--version'], { env })
  expect(err).toBe('Node 20.19.0 is too old: install Node 22.18 or later\n')
  expect(out).not.toBe('')
  expect((await runBinary(['--version'])).err).toBe('')
})

it('checks the sagas of the folder it is in', async () => {
  const cwd = path.join(root, 'examples/travel-booking')
  const { code, out } = await runBinary(['check'], { cwd })
  expect(code).toBe(exitCodes.fine)
  expect(out).toMatch(/✓ book-trip@1 +saga\.ts/)
  expect(out).toMatch(/hotel +compensatable +hotels\.book +hotels\.commands +undo hotels\.cancel/)
  expect(out).toContain('1 saga is fine')
})

it('names every broken file, and those that contradict each other', async () => {
  const contracts = path.join(root, 'examples/travel-booking/saga.ts')
  await write('broken.ts', 'export const nothing = 1')
  await write('throws.ts', "throw new Error('not today')")
  const files = [example('travel-booking'), path.join(folder, 'broken.ts')]
  const all = [...files, path.join(folder, 'throws.ts'), contracts]
  const { code, out } = await callCli(['check', ...all, '--json'])
  expect(code).toBe(exitCodes.refused)
  const { sagas, problems } = JSON.parse(out)
  expect(sagas.map(({ name }: { name: string }) => name)).toEqual(['book-trip', 'book-trip'])
  expect(problems).toMatchObject([
    { problem: expect.stringContaining('the module exports no saga') },
    { problem: expect.stringContaining('not today') },
  ])
})

it('one version with two contents is a problem', async () => {
  const text = (step: string) => `import { defineSaga } from '${root}/orchestrator/index.ts'
import { defineCommand } from '${root}/participant/index.ts'
import { Type } from '${root}/node_modules/typebox/build/index.mjs'
const payload = Type.Object({})
const go = defineCommand({ name: 'a.go', topic: 'a', payload })
export const one = defineSaga({ name: 'one', version: 1, input: payload,
  steps: [{ name: '${step}', send: go, kind: 'pivot' }] })`
  await write('one.ts', text('go'))
  await write('two.ts', text('run'))
  const files = ['one.ts', 'two.ts'].map((file) => path.join(folder, file))
  const { code, out } = await callCli(['check', ...files])
  expect(code).toBe(exitCodes.refused)
  expect(out).toMatch(/two\.ts: one@1 is in .*one\.ts as well, with another content/)
})

it('adds up how long the steps may take', async () => {
  const [trip] = await loadDefinitions([example('travel-booking')])
  if (trip === undefined) throw new Error('no saga')
  const steps = new Map(
    [...trip.steps].slice(0, 1).map(([name, step]) => {
      const retry = { ...step.retry, attempts: 3, timeoutMs: 1_000, firstDelayMs: 100, factor: 2 }
      return [name, { ...step, retry, undoRetry: { ...retry, delayMsMax: 150, deadlineMs: 2_500 } }]
    }),
  )
  expect(timeBudget({ ...trip, steps })).toEqual({ forwardMs: 3_300, backMs: 2_500 })
  expect(timeBudget({ ...trip, steps, deadlineMs: 9 })).toMatchObject({ forwardMs: 9 })
})

it('draws a saga as Mermaid text, with its groups, guards, timers and ends', async () => {
  const draw = async (name: string) =>
    (await callCli(['diagram', '--definitions', example(name)])).out
  const trip = await draw('travel-booking')
  for (const line of [
    'stateDiagram-v2',
    '[*] --> book_trip_bookings',
    'state "hotel<br/>hotels.book, undo hotels.cancel" as book_trip_bookings_stay_hotel',
    'book_trip_bookings --> book_trip_pay',
    'book_trip_pay --> book_trip_failed: refused',
  ]) {
    expect(trip).toContain(line)
  }
  expect(trip).toMatch(/ {4}--\n/)
  expect(await draw('subscription')).toContain('paid --> subscription_charging: after 30 d')
  expect(await draw('approval')).toContain('approve --> claim_expense_payOut: approve [isApproved]')
})

it('a step that only goes on is not drawn as if it could be refused', async () => {
  const words = ['diagram', '--definitions', example('approval')]
  const { out } = await callCli(words)
  expect(out).toContain('claim_expense_reserve --> claim_expense_failed: refused')
  expect(out).not.toContain('payOut --> claim_expense_failed')
})

it('draws a saga as SVG in which every state has its box, none over another', async () => {
  const file = path.join(folder, 'trip.svg')
  const words = ['diagram', 'book-trip', '--definitions', example('travel-booking')]
  const { out } = await callCli([...words, '--svg', '--out', file])
  expect(out).toBe(`book-trip@1 is in ${file}`)
  const svg = await readFile(file, 'utf8')
  for (const name of ['hotel', 'flight', 'car', 'pay', 'failed']) expect(svg).toContain(`>${name}<`)
  const rects = [
    ...svg.matchAll(
      /class="box [^"]*" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/g,
    ),
  ]
  const boxes = rects.map((rect) => rect.slice(1).map(Number) as [number, number, number, number])
  expect(boxes).toHaveLength(8)
  const overlap = boxes.filter(([x, y, w, h], at) =>
    boxes.slice(at + 1).some(([a, b, c, d]) => x < a + c && a < x + w && y < b + d && b < y + h),
  )
  expect(overlap).toEqual([])
  expect(svg).not.toContain('NaN')
})

it('asks which saga when there are several, and knows the names that are not there', async () => {
  const words = ['diagram', '--definitions', example('child-sagas')]
  const several = await callCli(words)
  expect(several).toMatchObject({ code: exitCodes.usage })
  expect(several.err).toContain('order-from-shop')
  expect((await callCli([...words, 'nobody'])).err).toContain('SAGA_NAME_UNKNOWN')
})
