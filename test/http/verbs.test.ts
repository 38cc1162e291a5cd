/** The verbs of operators over REST: what reaches the edge, and how it is answered. */
import { describe, expect, it, vi } from 'vitest'
import type { Operated } from '../../orchestrator/engine/event.ts'
import type { PossibleVerb } from '../../orchestrator/engine/possible-verbs.ts'
import { orchestratorError } from '../../orchestrator/errors.ts'
import { verbWords } from '../../orchestrator/http/verb-words.ts'
import { call, openApiOf } from './documented.ts'
import { appWith, sagaId, unknownId } from './fake-edge.ts'

const by = { actor: 'ann', reason: 'the bank is back' }
const post = (verb: string, payload: object = by, headers: Record<string, string> = {}) =>
  ({ method: 'POST', url: `/sagas/${sagaId}/${verb}`, payload, headers }) as const
const plain = ['retry', 'cancel', 'pause', 'resume', 'abandon', 'terminate'] as const
const skip = { ...by, step: 'takeStock', effect: 'done' }

async function asked(...requests: readonly ReturnType<typeof post>[]) {
  const operate = vi.fn(async (_id: string, _event: Operated) => undefined)
  const app = await appWith({ operate })
  for (const request of requests) expect((await call(app, request)).statusCode).toBe(202)
  return operate.mock.calls.map(([id, event]) => ({ id, ...event }))
}

describe.each(plain)('POST /sagas/{saga}/%s', (verb) => {
  it('brings the verb to the saga, and shows the saga as it stands', async () => {
    const operate = vi.fn(async () => undefined)
    const response = await call(await appWith({ operate }), post(verb))
    expect(response.statusCode).toBe(202)
    expect(response.headers.location).toBe(`/sagas/${sagaId}`)
    expect(response.json()).toMatchObject({ id: sagaId, status: 'running' })
    const event = { type: 'operated', verb, requestId: expect.any(String), ...by }
    expect(operate).toHaveBeenCalledExactlyOnceWith(sagaId, event)
  })

  it.each([
    {},
    { actor: 'ann' },
    { ...by, actor: '' },
    { ...by, force: true },
    { ...by, actor: 5 },
  ])('refuses %j', async (payload) => {
    const response = await call(await appWith(), post(verb, payload))
    expect(response.statusCode).toBe(400)
    expect(response.json()).toMatchObject({ code: 'REQUEST_INVALID' })
  })

  it('does not find a saga that is not there', async () => {
    const operate = async (id: string) => {
      throw orchestratorError('SAGA_NOT_FOUND', { id })
    }
    for (const id of [unknownId, 'no-uuid']) {
      const request = { ...post(verb), url: `/sagas/${id}/${verb}` }
      const response = await call(await appWith({ operate }), request)
      expect(response.statusCode).toBe(404)
    }
  })

  it('tells in the document what it does', async () => {
    const { paths } = await openApiOf(await appWith())
    const summary = paths[`/sagas/{saga}/${verb}`]?.['post'] as { readonly summary?: string }
    expect(summary.summary).toBe(verbWords[verb])
  })
})

describe('POST /sagas/{saga}/skip', () => {
  it('brings step, visit, effect and output', async () => {
    const events = await asked(
      post('skip', skip),
      post('skip', { ...skip, visit: 2, effect: 'none', output: null }),
    )
    expect(events).toMatchObject([
      { verb: 'skip', step: 'takeStock', effect: 'done' },
      { verb: 'skip', step: 'takeStock', effect: 'none', visit: 2, output: null },
    ])
    expect(events[0]).not.toHaveProperty('visit')
    expect(events[0]).not.toHaveProperty('output')
  })

  it.each([
    by,
    { ...by, step: 'takeStock' },
    { ...by, effect: 'done' },
    { ...skip, effect: 'maybe' },
    { ...skip, visit: 0 },
    { ...skip, visit: '1' },
    { ...skip, surely: true },
  ])('refuses %j', async (payload) => {
    const response = await call(await appWith(), post('skip', payload))
    expect(response.statusCode).toBe(400)
  })
})

describe('an Idempotency-Key', () => {
  const key = { 'idempotency-key': 'ticket 17' }

  it('makes the request the same one again', async () => {
    const [one, two] = await asked(post('retry', by, key), post('retry', by, key))
    expect(one?.requestId).toBe(two?.requestId)
  })

  it('is one of its own for each verb, and for each step that is skipped', async () => {
    const events = await asked(
      ...plain.map((verb) => post(verb, by, key)),
      post('skip', skip, key),
      post('skip', { ...skip, visit: 2 }, key),
      post('skip', { ...skip, step: 'other' }, key),
    )
    expect(new Set(events.map(({ requestId }) => requestId)).size).toBe(9)
  })

  it('that is left out makes each request a new one', async () => {
    const [one, two] = await asked(post('retry'), post('retry'))
    expect(one?.requestId).not.toBe(two?.requestId)
  })
})

describe('a verb that the saga refuses', () => {
  const codes = [
    'SAGA_NOT_STUCK',
    'SAGA_PAUSED',
    'SAGA_ENDED',
    'SAGA_PAST_PIVOT',
    'STEP_NOT_PARKED',
  ] as const

  it.each(codes)('is answered with 409 and %s, and names the saga', async (code) => {
    const app = await appWith({
      operate: async (id, { verb }) => {
        throw orchestratorError(code, { id, status: 'running', verb, step: 'takeStock' })
      },
    })
    const response = await call(app, code.startsWith('STEP') ? post('skip', skip) : post('cancel'))
    expect(response.statusCode).toBe(409)
    expect(response.json()).toMatchObject({ code, sagaId })
  })
})

describe('GET /sagas/{saga}/verbs', () => {
  const ifItFailed = {
    status: 'compensating',
    commands: [{ step: 'takeStock', visit: 1, command: 'stock.free-stock', isUncertain: true }],
  } as const
  const outlookOf =
    (...verbs: readonly PossibleVerb[]) =>
    async () => ({ verbs, ifItFailed })
  const url = `/sagas/${sagaId}/verbs`
  const possible: PossibleVerb = {
    verb: 'cancel',
    step: null,
    visit: null,
    effect: null,
    outcome: 'acts',
    refusal: null,
    needsOutput: false,
    status: 'compensating',
    commands: ['takeStock undo'],
  }

  it('says of each verb what it does, and what would follow', async () => {
    const refusal = orchestratorError('SAGA_NOT_STUCK', {
      id: sagaId,
      status: 'running',
      verb: 'retry',
    })
    const refused: PossibleVerb = { ...possible, verb: 'retry', outcome: 'refused', refusal }
    const app = await appWith({ outlook: outlookOf(possible, refused) })
    const { items, ...rest } = (await call(app, { url })).json()
    expect(rest).toEqual({ ifItFailed })
    expect(items).toEqual([
      { ...possible, does: verbWords.cancel },
      {
        ...refused,
        does: verbWords.retry,
        refusal: { code: 'SAGA_NOT_STUCK', detail: refusal.message },
      },
    ])
  })

  it('shows a skip whose effect depends on its output', async () => {
    const unknown: PossibleVerb = {
      ...possible,
      verb: 'skip',
      step: 'takeStock',
      visit: 1,
      effect: 'done',
      needsOutput: true,
      status: null,
      commands: null,
    }
    const app = await appWith({ outlook: outlookOf(unknown) })
    expect((await call(app, { url })).json().items).toMatchObject([unknown])
  })

  it('answers null without the definition of the saga', async () => {
    const app = await appWith({ outlook: async () => null })
    expect((await call(app, { url })).json()).toEqual({ items: null, ifItFailed: null })
  })
})
