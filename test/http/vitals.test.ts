/** GET /vitals and GET /metrics: what they tell of the engine, and to whom. */
import { expect, it } from 'vitest'
import { noMetrics } from '../../messaging/metrics.ts'
import type { CountedSagas } from '../../orchestrator/store/search-counts.ts'
import { appWith, counted, idOf } from './fake-edge.ts'
import { as, guardedApp } from './login-as.ts'

const secret: CountedSagas = {
  ...counted,
  name: 'pay-wages',
  status: 'stuck',
  count: 2,
  oldestId: idOf(9),
  oldestStartedAt: new Date('2026-01-01T00:00:00Z'),
}
const ended: CountedSagas = { ...secret, status: 'completed', count: 900, oldestId: idOf(1) }
const vitals = async () => ({
  consumerLag: { 'sagaline.replies': 4 },
  unpublished: { batches: 2, ageMs: 310 },
  groups: [counted, secret, ended],
})

it('tells lag, what waits for Kafka, and of the sagas that have not ended the oldest', async () => {
  const app = await appWith({ vitals })
  const { statusCode, body } = await app.inject({ url: '/vitals' })
  expect(statusCode).toBe(200)
  expect(JSON.parse(body)).toEqual({
    consumerLag: { 'sagaline.replies': 4 },
    outboxAgeMs: 310,
    publishBatches: 2,
    oldestSaga: { id: idOf(9), name: 'pay-wages', startedAt: '2026-01-01T00:00:00.000Z' },
    inFlight: { running: 3, stuck: 2 },
  })
})

it('says null where nothing is in flight and nothing waits', async () => {
  const none = { consumerLag: {}, unpublished: { batches: 0, ageMs: null }, groups: [ended] }
  const app = await appWith({ vitals: async () => none })
  const { body } = await app.inject({ url: '/vitals' })
  expect(JSON.parse(body)).toEqual({
    ...{ consumerLag: {}, outboxAgeMs: null, publishBatches: 0, oldestSaga: null, inFlight: {} },
  })
})

it('tells nobody of sagas that they may not see', async () => {
  const { app } = await guardedApp({ vitals })
  const { body } = await app.inject({ url: '/vitals', headers: as('viewer:send-parcel') })
  expect(JSON.parse(body)).toMatchObject({
    oldestSaga: { name: 'send-parcel' },
    inFlight: { running: 3 },
  })
  expect(body).not.toContain('pay-wages')
})

it('says so where nothing is counted', async () => {
  const app = await appWith({ metrics: noMetrics })
  const response = await app.inject({ url: '/metrics' })
  expect([response.statusCode, response.json().code]).toEqual([404, 'METRICS_OFF'])
})

it('counts requests by their route, and names no path', async () => {
  const app = await appWith()
  await app.inject({ url: `/sagas/${idOf(1)}` })
  await app.inject({ url: '/nothing/here' })
  const { body, headers } = await app.inject({ url: '/metrics' })
  expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/)
  expect(body).toMatch(
    /request_seconds_count\{method="GET",route="\/sagas\/:saga",status="200"\} 1/,
  )
  expect(body).toMatch(/request_seconds_count\{method="GET",route="none",status="404"\} 1/)
  expect(body).not.toContain(idOf(1))
})
