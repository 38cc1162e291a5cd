// One chaos run from beginning to end: start everything, load and faults side by side, wait until
// every saga has ended, look at everything, judge, draw. Called by main.ts and by the test.
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type ChaosWorld, startChaosWorld } from './chaos-world.ts'
import { countSetAside } from './dead-letters.ts'
import { examine } from './examine.ts'
import { allFaults } from './faults/all-faults.ts'
import { faultLine, figureLines, progressLine } from './figures.ts'
import { runLoad } from './load.ts'
import { drawPicture } from './picture.ts'
import { planFaults } from './plan-faults.ts'
import { runFaults } from './run-faults.ts'
import { RunRecord } from './run-record.ts'
import { judge, leastOf, type Violation } from './verdict.ts'

export type ChaosOptions = {
  readonly seed: number
  readonly minutes: number
  /** From the end of the last fault, for every saga to end. */
  readonly drainMsMax: number
  /** With fewer the run shows nothing, and fails. */
  readonly sagasPerMinuteMin: number
  readonly print: (line: string) => void
}

const sagasPerSecond = 45
const clients = 160
const progressEveryMs = 5_000
/** A system in which a saga ended so lately has got over what was done to it. */
const movingMs = 2_000
/** Beyond the limit of the drain it goes on for a while, to say how long it would have taken. */
const patience = 2
/** Of what the processes said last, to be shown with a violation. */
const saidLinesMax = 20
const saidCharsMax = 600
/** What Node says last of a process that ends by what nobody caught. */
const threwLine = /^Node\.js v\d/

const directory = path.join(import.meta.dirname, '..', '..', '.chaos')

/** Answers what did not hold, after it was printed. */
export async function runChaos(options: ChaosOptions): Promise<readonly Violation[]> {
  const { seed, minutes, print } = options
  mkdirSync(directory, { recursive: true })
  const logFile = path.join(directory, `seed-${seed}.log`)
  const log = createWriteStream(logFile)
  const note = (line: string) => void log.write(`${new Date().toISOString()} ${line}\n`)
  const report = (line: string) => {
    note(line)
    // What a server said before its end is for the log.
    print(line.split('\n')[0] ?? '')
  }
  try {
    const said: string[] = []
    const thrown: string[] = []
    const onLine = (name: string, line: string) => {
      note(`${name}: ${line}`)
      if (threwLine.test(line)) thrown.push(name)
      said.push(`${name}: ${line.slice(0, saidCharsMax)}`)
      if (said.length > saidLinesMax) said.shift()
    }
    const world = await startChaosWorld({ minutes, report, onLine })
    try {
      report(`every line that the processes write is in ${logFile}`)
      return await chaosIn(world, { ...options, said, thrown, note, report })
    } finally {
      await world.stop()
    }
  } finally {
    log.end()
  }
}

type Told = {
  /** The last lines of all processes. */
  readonly said: readonly string[]
  readonly thrown: readonly string[]
  readonly note: (line: string) => void
  readonly report: (line: string) => void
}

async function chaosIn(
  world: ChaosWorld,
  options: ChaosOptions & Told,
): Promise<readonly Violation[]> {
  const { seed, minutes, said, thrown, note, report } = options
  const notPossible = allFaults.flatMap(({ kind, whyNot }) => {
    const why = whyNot?.(world) ?? null
    return why === null ? [] : [{ kind, why }]
  })
  const kinds = allFaults
    .map(({ kind }) => kind)
    .filter((kind) => !notPossible.some((other) => other.kind === kind))
  const plan = planFaults({ seed, lengthMs: minutes * 60_000, kinds })
  const record = new RunRecord(() => performance.now())
  const now = new Set<string>()
  const progress = showProgress(record, plan.length, now, report)
  const faulting = runFaults({
    world,
    plan,
    faults: allFaults,
    elapsedMs: () => record.elapsedMs(),
    isMoving: () => record.elapsedMs() - record.lastEndMs < movingMs,
    onStart: (kind) => {
      now.add(kind)
      note(`FAULT ${kind} begins`)
    },
    onMade: (made) => {
      now.delete(made.kind)
      record.faults.push(made)
      note(`FAULT ${faultLine(made)}`)
    },
  })
  const drainMs = await loadAndDrain(world, { options, record, faulting })
  clearInterval(progress)
  const loadMs = record.elapsedMs()
  report('everything is looked at')
  const examined = await examine(world, record.starts)
  const { faults, problems, notEnded, ended } = record
  const { drainMsMax, sagasPerMinuteMin } = options
  const least = leastOf(minutes, sagasPerMinuteMin)
  const { poison } = world.kafka
  const seen = { plan, faults, problems, notEnded, ended, poison, thrown }
  const violations = judge({ ...seen, least, drainMs, drainMsMax, ...examined })
  const { members } = world
  const figures = { seed, loadMs, record, members, drainMs, notPossible, violations }
  const setAside = countSetAside(examined.letters, poison)
  for (const line of figureLines({ ...figures, poison: poison.size, setAside })) report(line)
  // The machine that this ran on may be gone by the time that somebody asks why.
  if (violations.length > 0) for (const line of said) report(`SAID ${line}`)
  const file = savePicture(seed, record)
  report(`picture: ${file}`)
  return violations
}

/** Answers the ms from the end of the last fault to that of the last saga; null: not all ended. */
async function loadAndDrain(
  world: ChaosWorld,
  given: {
    readonly options: ChaosOptions
    readonly record: RunRecord
    readonly faulting: Promise<void>
  },
): Promise<number | null> {
  const { options, record, faulting } = given
  const lengthMs = options.minutes * 60_000
  const giveUp = new AbortController()
  let areFaultsOver = false
  const loading = runLoad({
    urls: () => world.members.flatMap(({ isUp, process: { url } }) => (isUp && url ? [url] : [])),
    record,
    perSecond: sagasPerSecond,
    clients,
    // On a slow machine faults take longer than planned, and the load goes on with them.
    isOver: () => areFaultsOver && record.elapsedMs() >= lengthMs,
    giveUp: giveUp.signal,
  })
  await faulting
  areFaultsOver = true
  const lastFaultMs = record.elapsedMs()
  const loadLeftMs = Math.max(0, lengthMs - lastFaultMs)
  const timer = setTimeout(() => giveUp.abort(), loadLeftMs + patience * options.drainMsMax)
  await loading
  clearTimeout(timer)
  if (record.notEnded.length > 0) return null
  return Math.max(0, Math.round(record.owedUntilMs(lastFaultMs) - lastFaultMs))
}

function showProgress(
  record: RunRecord,
  planned: number,
  now: ReadonlySet<string>,
  report: (line: string) => void,
): NodeJS.Timeout {
  let before = { ended: 0, ms: 0 }
  return setInterval(() => {
    report(progressLine({ record, planned, now: [...now], before }))
    before = { ended: record.ended, ms: record.elapsedMs() }
  }, progressEveryMs)
}

function savePicture(seed: number, record: RunRecord): string {
  const file = path.join(directory, `seed-${seed}.svg`)
  const faults = record.faults.filter(({ seen }) => seen !== null).length
  const title = `seed ${seed}: ${record.ended} sagas, ${faults} faults`
  const { endedPerSecond } = record
  writeFileSync(file, drawPicture({ title, endedPerSecond, faults: record.faults }))
  return file
}
