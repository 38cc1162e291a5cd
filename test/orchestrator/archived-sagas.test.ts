// Sagas that left the database for an archive: REST shows them as it did before, marked, and nobody
// can steer them.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { exitCodes } from '../../orchestrator/cli/command.ts'
import { makePastParts } from '../../services/system/past-parts.ts'
import { callCli } from '../cli/call-cli.ts'
import { awaitUntil } from '../system/await-until.ts'
import { EngineWorld, type RunningOrchestrator } from './engine-world.ts'
import { holdParcel } from './hold-parcel.ts'
import { allToldIn } from './topic-events.ts'

const definitions = [holdParcel]
const kinds = ['', '/history', '/messages', '?at=2'] as const

let world: EngineWorld
let orchestrator: RunningOrchestrator
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sagaline-archive-'))
  world = await EngineWorld.start(definitions)
  orchestrator = await world.startOrchestrator({ definitions, archiveFolder: folder })
  await world.startParcels({ attempts: 1 })
})
afterAll(async () => {
  await world.stop()
  await rm(folder, { recursive: true })
})

const get = async (id: string) =>
  Object.fromEntries(
    await Promise.all(
      kinds.map(async (kind) => [kind, await orchestrator.client.get(`/sagas/${id}${kind}`)]),
    ),
  )

it('are shown from the archive as they were shown before', async () => {
  const { client } = orchestrator
  const id = String((await client.start('hold-parcel', { parcel: 'glass' })).body['id'])
  await awaitUntil('it is held', async () => (await client.saga(id)).state === 'held')
  await client.tell(id, 'cancel', { actor: 'ada', reason: 'to see' })
  await awaitUntil('it has ended', async () => (await client.saga(id)).endedAt !== null)
  await allToldIn(world)
  const before = await get(id)
  // What comes from here on is of another part.
  await makePastParts(world.sagasDb, 0)
  const young = String((await client.start('hold-parcel', { parcel: 'glass' })).body['id'])
  const asked = ['--database', world.sagasUrl, '--archive', folder, '--drop', '--keep', '0s']
  const { code, err } = await callCli(['retention', ...asked])
  expect([code, err]).toEqual([exitCodes.fine, ''])
  const after = await get(id)
  for (const kind of kinds) {
    const isSaga = kind === '' || kind === '?at=2'
    const body = isSaga ? { ...before[kind].body, archived: true } : before[kind].body
    expect(after[kind], kind).toEqual({ ...before[kind], body })
  }
  expect((await client.saga(young)).id).toBe(young)
  const verb = await client.tell(id, 'pause', { actor: 'ada', reason: 'to see' })
  expect(verb).toMatchObject({ status: 404, body: { code: 'SAGA_NOT_FOUND' } })
})
