/** Dead letters over REST: what is shown, what is asked of the desk, and what goes into the audit. */
import { expect, it, vi } from 'vitest'
import type { LetterDesk, LetterReplay } from '../../messaging/dead-letter-desk.ts'
import { call } from './documented.ts'
import { appWith, fakeDesk, letterSummary } from './fake-edge.ts'
import { as, guardedApp } from './login-as.ts'

const by = { actor: 'bob', reason: 'mended' }

const withDesk = (changes: Partial<LetterDesk>) => appWith({ letters: { ...fakeDesk, ...changes } })

it('lists letters by pages, without their bytes', async () => {
  const list = vi.fn<LetterDesk['list']>(async () => [letterSummary, { ...letterSummary, id: 9n }])
  const app = await withDesk({ list })
  const first = await call(app, { url: '/dead-letters?limit=1&state=parked&topic=t&olderThanS=60' })
  expect(first.json().items).toMatchObject([{ id: '7', messageId: 'id-1', key: 'k', bytes: 7 }])
  expect(first.body).not.toContain('{"a":1}')
  await call(app, { url: `/dead-letters?cursor=${first.json().nextCursor}` })
  const filter = { ...{ topic: 't', code: null, consumer: null }, state: 'parked' }
  expect(list.mock.calls.map(([page]) => page)).toMatchObject([
    { filter: { ...filter, olderThanS: 60, newerThanS: null }, limit: 2 },
    { place: { after: 7n, upTo: null }, limit: 51 },
  ])
})

it('shows one whole: texts, JSON, bytes that are no text, and who did what', async () => {
  const response = await call(await appWith(), { url: '/dead-letters/7' })
  expect(response.json()).toMatchObject({
    value: { text: '{"a":1}', json: { a: 1 }, base64: 'eyJhIjoxfQ==' },
    headers: [
      { name: 'ce_id', text: 'id-1' },
      { name: 'raw', text: null, base64: '/w==' },
    ],
    changes: [{ action: 'replayed', actor: 'ann', reason: 'mended' }],
  })
})

it.each(['8', 'x', '7.5', '-7', '9'.repeat(30)])(
  'answers that there is no letter %s',
  async (id) => {
    const response = await call(await appWith(), { url: `/dead-letters/${id}` })
    expect(response.json()).toMatchObject({ status: 404, code: 'LETTER_NOT_FOUND' })
  },
)

it('edits by text or bytes, and headers by name', async () => {
  const edit = vi.fn<LetterDesk['edit']>(async () => undefined)
  const app = await withDesk({ edit })
  const send = (payload: object) =>
    call(app, { method: 'POST', url: '/dead-letters/7/edit', payload: { ...by, ...payload } })
  await send({ text: 'ü', headers: { a: 'b', c: null } })
  await send({ valueBase64: '/w==' })
  expect(edit.mock.calls).toEqual([
    [7n, { ...by, value: Buffer.from('ü'), headers: { a: 'b', c: null } }],
    [7n, { ...by, value: Buffer.from([0xff]) }],
  ])
  const both = await send({ text: 'a', valueBase64: '' })
  const noBase64 = await send({ valueBase64: '/w=' })
  for (const one of [both, noBase64]) expect(one.json()).toMatchObject({ code: 'REQUEST_INVALID' })
})

it('replays many in a dry run, unless it is told not to', async () => {
  const replayMany = vi.fn(async (_: LetterReplay) => ({
    items: [letterSummary],
    next: { after: 7n, upTo: 20n },
  }))
  const app = await withDesk({ replayMany })
  const url = '/dead-letters/replay'
  const first = await call(app, { method: 'POST', url, payload: { ...by, code: 'X', ids: ['7'] } })
  const { nextCursor: cursor } = first.json()
  await call(app, { method: 'POST', url, payload: { ...by, dryRun: false, cursor, limit: 5 } })
  expect(replayMany.mock.calls.map(([one]) => one)).toMatchObject([
    {
      isDryRun: true,
      place: null,
      filter: { code: 'X', state: 'parked', ids: [7n] },
      limit: 50,
      by,
    },
    { isDryRun: false, place: { after: 7n, upTo: 20n }, limit: 5 },
  ])
})

it('writes into the audit who did it with which letter, before and after', async () => {
  const replay = vi.fn<LetterDesk['replay']>(async () => undefined)
  const { app, audit } = await guardedApp({ letters: { ...fakeDesk, replay } })
  const headers = as('operator:*')
  await app.inject({ method: 'POST', url: '/dead-letters/7/replay', payload: by, headers })
  expect(replay).toHaveBeenCalledWith(7n, { actor: 'bob (by ann)', reason: 'mended' })
  const action = 'POST /dead-letters/7/replay'
  expect(audit).toMatchObject([
    { action, principal: 'ann', saidBy: 'bob', reason: 'mended', outcome: 'asked' },
    { action, outcome: 'done' },
  ])
  await app.inject({ method: 'POST', url: '/dead-letters/7/edit', payload: by, headers })
  expect(audit.at(-1)).toMatchObject({ action: 'POST /dead-letters/7/edit', outcome: 'FORBIDDEN' })
})
