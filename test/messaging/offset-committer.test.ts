// Offsets are committed off the fetch path: one commit that is never answered keeps no later one, and
// what goes on failing is told.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type CommitOffsets, OffsetCommitter } from '../../messaging/kafka/offset-committer.ts'
import { type Log, silentLog } from '../../messaging/log.ts'
import { OffsetMarks } from '../../messaging/offset-marks.ts'
import { incomingRecord } from './incoming-record.ts'
import { createInstantClock } from './instant-clock.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

const intervalMs = 1_000

function createWorld(commit: CommitOffsets) {
  const clock = createInstantClock()
  const marks = new OffsetMarks()
  marks.take([incomingRecord(0, 7)])()
  const warnings: unknown[] = []
  const log: Log = { ...silentLog, warn: (_, fields) => void warnings.push(fields?.['failingMs']) }
  const options = { marks: () => marks, intervalMs, groupId: 'g', clock, log }
  const committer = new OffsetCommitter(options)
  committer.use(commit)
  return { clock, committer, marks, warnings }
}

it('a commit that is never answered keeps no later one', async () => {
  let sent = 0
  const { committer, marks } = createWorld(() => {
    sent += 1
    return sent === 1 ? new Promise(() => undefined) : Promise.resolve()
  })
  const first = committer.flush()
  const second = committer.flush()
  await vi.advanceTimersByTimeAsync(60_000)
  await Promise.all([first, second])
  expect(sent).toBe(2)
  expect(marks.uncommitted()).toEqual([])
})

it('commits that fail now and then are no news, those that go on failing are', async () => {
  let isAway = true
  const { clock, committer, marks, warnings } = createWorld(async () => {
    if (isAway) throw new Error('not the coordinator')
  })
  await committer.flush()
  await clock.wait(9_000)
  await committer.flush()
  expect(warnings).toEqual([])
  await clock.wait(2_000)
  await committer.flush()
  expect(warnings).toEqual([11_000])
  isAway = false
  await committer.flush()
  isAway = true
  marks.take([incomingRecord(0, 8)])()
  await committer.flush()
  expect(warnings).toEqual([11_000])
})
