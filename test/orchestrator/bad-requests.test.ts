// Bad input over a real socket: each gets a problem document with its code, and the next good
// request goes through. What the edge refuses and how is tested in full without a socket.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { EngineWorld, type RunningOrchestrator } from './engine-world.ts'
import { shipParcel } from './parcels.ts'

const definitions = [shipParcel()]

let world: EngineWorld
let orchestrator: RunningOrchestrator

beforeAll(async () => {
  world = await EngineWorld.start(definitions)
  orchestrator = await world.startOrchestrator({ definitions })
})
afterAll(() => world.stop())

type BadRequest = {
  readonly what: string
  readonly path: string
  readonly body?: string
  readonly status: number
  readonly code: string
}

const start = '/sagas/ship-parcel'

const badRequests: readonly BadRequest[] = [
  {
    what: 'the start of an unknown saga',
    path: '/sagas/lose-parcel',
    body: '{}',
    status: 404,
    code: 'SAGA_NAME_UNKNOWN',
  },
  {
    what: 'an input that does not fit',
    path: start,
    body: '{"parcel":5}',
    status: 422,
    code: 'SAGA_INPUT_INVALID',
  },
  {
    what: 'a body that is not JSON',
    path: start,
    body: '{"parcel":',
    status: 400,
    code: 'REQUEST_INVALID',
  },
  {
    what: 'a body that is too large',
    path: start,
    body: JSON.stringify({ parcel: 'p'.repeat(100_000) }),
    status: 413,
    code: 'BODY_TOO_LARGE',
  },
  {
    what: 'a cursor that no list made',
    path: '/sagas?cursor=elsewhere',
    status: 400,
    code: 'CURSOR_INVALID',
  },
  {
    what: 'the id of no saga',
    path: '/sagas/01900000-0000-7000-8000-000000000000',
    status: 404,
    code: 'SAGA_NOT_FOUND',
  },
]

it.each(badRequests)(
  '$what is answered with $status $code, and the next good request with 202',
  async ({ path, body, status, code }) => {
    const answer = await fetch(`${orchestrator.url}${path}`, {
      ...(body !== undefined && {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      }),
    })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
    expect(await answer.json()).toMatchObject({ status, code })
    const next = await orchestrator.client.start('ship-parcel', { parcel: 'good' })
    expect(next.status).toBe(202)
  },
)
