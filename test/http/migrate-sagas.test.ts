/** `POST /definitions/{saga}/migrations`: changes nothing unless it is told to; goes by pages. */
import { describe, expect, it, vi } from 'vitest'
import type {
  MigrationItem,
  MigrationPage,
  MigrationRequest,
} from '../../orchestrator/coordinator/migrate-sagas.ts'
import { orchestratorError } from '../../orchestrator/errors.ts'
import { call } from './documented.ts'
import { appWith, idOf } from './fake-edge.ts'

const body = { from: 1, to: 2, actor: 'ann', reason: 'two legs' }
const post = (payload: object) =>
  ({ method: 'POST', url: '/definitions/send-parcel/migrations', payload }) as const

const item: MigrationItem = {
  id: idOf(1),
  status: 'running',
  state: 'takeStock',
  verdict: 'needs-map',
  reason: 'its state is not in version 2',
  migrated: false,
}

const answering = (page: MigrationPage) =>
  vi.fn(async (_: MigrationRequest): Promise<MigrationPage> => page)

describe('POST /definitions/{saga}/migrations', () => {
  it('only looks, unless it is told to migrate', async () => {
    const migrate = answering({ items: [item], next: null })
    const app = await appWith({ migrate })
    const response = await call(app, post(body))
    expect(response.statusCode).toBe(200)
    expect(response.json()).toEqual({ items: [item], nextCursor: null })
    const request = { ...body, name: 'send-parcel', isDryRun: true, limit: 50, after: null }
    expect(migrate).toHaveBeenLastCalledWith(request)
    await call(app, post({ ...body, dryRun: false, limit: 3 }))
    expect(migrate).toHaveBeenLastCalledWith({ ...request, isDryRun: false, limit: 3 })
  })

  it('goes on where the page before ended, also when that was empty', async () => {
    const migrate = answering({ items: [], next: idOf(7) })
    const app = await appWith({ migrate })
    const { nextCursor } = (await call(app, post(body))).json<{ nextCursor: string }>()
    await call(app, post({ ...body, cursor: nextCursor }))
    expect(migrate.mock.lastCall?.[0].after).toBe(idOf(7))
  })

  it.each([
    ['no actor', { ...body, actor: undefined }],
    ['a version of 0', { ...body, to: 0 }],
    ['a page that is too large', { ...body, limit: 201 }],
    ['a word that it does not know', { ...body, dryrun: false }],
  ])('refuses %s', async (_, payload) => {
    const response = await call(await appWith(), post(payload))
    expect(response.json()).toMatchObject({ status: 400, code: 'REQUEST_INVALID' })
  })

  it('refuses a cursor of its own making', async () => {
    const response = await call(await appWith(), post({ ...body, cursor: 'x' }))
    expect(response.json()).toMatchObject({ status: 400, code: 'CURSOR_INVALID' })
  })

  it('says which version is not here, and when one is not everywhere', async () => {
    const missing = async () => {
      throw orchestratorError('DEFINITION_UNKNOWN', { name: 'send-parcel', version: 9 })
    }
    const response = await call(await appWith({ migrate: missing }), post({ ...body, to: 9 }))
    expect(response.json()).toMatchObject({ status: 404, code: 'DEFINITION_UNKNOWN' })
    const early = async () => {
      throw orchestratorError('DEFINITION_NOT_READY', { name: 'send-parcel' })
    }
    const later = await call(await appWith({ migrate: early }), post(body))
    expect(later.json()).toMatchObject({ status: 503, code: 'DEFINITION_NOT_READY' })
    expect(later.headers['retry-after']).toBe('1')
  })
})
