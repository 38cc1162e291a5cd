// A saga's history as its source of truth: rebuilt, looked at in the past, archived and let go.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Static, Type } from 'typebox'
import { openDb } from '../../../orchestrator/index.ts'
import { makePastParts } from '../../system/past-parts.ts'
import { type FullDemo, judged, leftOut, type Part, type Shown } from './part.ts'

const definitions = ['--definitions', 'services/place-order/saga.ts'] as const

const Breaches = Type.Array(Type.Object({ name: Type.String(), subject: Type.String() }))

const Replayed = Type.Object({
  sagas: Type.Integer(),
  entries: Type.Integer(),
  events: Type.Integer(),
  breaches: Breaches,
})

const Retention = Type.Object({
  parts: Type.Array(
    Type.Object({
      name: Type.String(),
      sagas: Type.Integer(),
      verdict: Type.String(),
      isDropped: Type.Boolean(),
    }),
  ),
})

const Verified = Type.Object({
  sagas: Type.Integer(),
  entries: Type.Integer(),
  isReplayed: Type.Boolean(),
  breaches: Breaches,
})

export const historyParts: readonly Part[] = [
  {
    name: 'event sourcing',
    story: 'The five sagas rebuilt from history and from the topic, beside their rows.',
    show: showReplay,
  },
  {
    name: 'the past of a saga',
    story: 'GET /sagas/{id}?at=: the order that was turned back, after each entry of its history.',
    show: showPast,
  },
  {
    name: 'retention and archive',
    story: 'The day is closed by hand, archived as JSON Lines, verified, and dropped.',
    show: showRetention,
  },
  {
    name: 'erasure',
    story: 'A person is forgotten by destroying one key.',
    show: async () =>
      leftOut('the order saga names no subject; docs/history.md tells of `sagaline erase`'),
  },
]

async function showReplay({ cli, runs, system, parts }: FullDemo): Promise<Shown> {
  const ids = runs.map(({ saga }) => saga.id)
  const from = ['--database', system.databases.sagas, '--brokers', parts.kafka.brokers.join(',')]
  const report = await cli(Replayed, ['replay', ...ids, ...definitions, ...from, '--topics'])
  const { sagas, entries, events, breaches } = report
  return judged(
    `${sagas} sagas rebuilt from ${entries} entries of history and from ${events} lifecycle ` +
      'events, the same as their rows',
    [
      sagas === ids.length ? null : `${sagas} sagas were rebuilt, must be ${ids.length}`,
      events > 0 ? null : 'no lifecycle event was read',
      ...breaches.map(({ name, subject }) => `${name}: ${subject}`),
    ],
  )
}

async function showPast({ api, runs, say }: FullDemo): Promise<Shown> {
  const run = runs.find(({ saga }) => saga.status === 'compensated')
  if (run === undefined) throw new Error('No order was turned back.')
  const then = await Promise.all(run.history.map((_, i) => api.findAfter(run.saga.id, i + 1)))
  const problems = then.map(({ status }, i) => {
    const must = run.history[i]?.status
    return status === must ? null : `after entry ${i + 1} it is ${status}, must be ${must}`
  })
  for (const [i, { status, steps }] of then.entries()) {
    say(`${i + 1}  ${status}  ${steps.map(({ name, outcome }) => `${name} ${outcome}`).join(', ')}`)
  }
  const ways = then.map(({ status }) => status).filter((status, i, all) => status !== all[i - 1])
  return judged(`one saga at ${then.length} moments: ${ways.join(', then ')}`, problems)
}

async function showRetention(full: FullDemo): Promise<Shown> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sagaline-demo-archive-'))
  try {
    const before = await closePart(full)
    return await archiveAndDrop(full, folder, before)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** As if the day were over. Answers how many sagas were started by then. */
async function closePart({ system, clock }: FullDemo): Promise<number> {
  const url = system.databases.sagas
  const db = openDb({ url, applicationName: 'sagaline-demo', connectionsMax: 1 })
  try {
    // The id of the next saga begins with a later millisecond than that of the last.
    await clock.wait(2)
    await makePastParts(db, 0)
    const { rows } = await db.query<{ readonly sagas: number }>(
      `select count(*)::integer as sagas from sagas
       where id < (select high from history_parts where name = 'history_before')`,
    )
    return rows[0]?.sagas ?? 0
  } finally {
    await db.stop()
  }
}

async function archiveAndDrop(full: FullDemo, folder: string, before: number): Promise<Shown> {
  const { cli, system } = full
  const retention = ['retention', '--database', system.databases.sagas, '--keep', '0s']
  const looked = await cli(Retention, retention)
  full.say(
    `${partOf(looked)?.name} holds ${partOf(looked)?.sagas} sagas: ${partOf(looked)?.verdict}`,
  )
  const dropped = await cli(Retention, [...retention, '--archive', folder, '--drop'])
  const archive = await cli(Verified, ['archive', 'verify', '--from', folder, ...definitions])
  const { sagas, entries, isReplayed, breaches } = archive
  return judged(
    `${sagas} sagas with ${entries} entries archived, the archive verified and replayed, ` +
      'their part of the history dropped',
    [
      partOf(looked)?.verdict === 'may-go' ? null : 'the part of the history may not go',
      partOf(dropped)?.isDropped === true ? null : 'the part of the history is still there',
      sagas === before ? null : `${sagas} sagas are in the archive, must be ${before}`,
      isReplayed ? null : 'the archive was not replayed',
      ...breaches.map(({ name, subject }) => `in the archive ${name}: ${subject}`),
    ],
  )
}

function partOf({ parts }: Static<typeof Retention>) {
  return parts.find(({ name }) => name === 'history_before')
}
