// The page of metrics by itself: what it shows, and that no gauge can keep it from being told.
import { expect, it } from 'vitest'
import { silentLog } from '../../messaging/log.ts'
import { createMetrics, noMetrics } from '../../messaging/metrics.ts'
import { readPage } from './read-page.ts'

async function pageOf(metrics: ReturnType<typeof createMetrics>) {
  const page = await metrics.page()
  return readPage(page?.text ?? '')
}

it('shows what was counted, and who asks for a metric twice counts into the same', async () => {
  const metrics = createMetrics({ log: silentLog })
  const spec = { name: 'parcels_total', help: 'Parcels.', labels: ['size'] }
  metrics.counter(spec)({ size: 'a "large"\none' })
  metrics.counter(spec)({ size: 'a "large"\none' }, 2)
  const sizes = { name: 'parcel_kilos', help: 'Weight.', buckets: [1, 10] }
  metrics.histogram(sizes)({}, 5)
  metrics.histogram(sizes)({}, 50)
  const { types, value } = await pageOf(metrics)
  expect(Object.fromEntries(types)).toEqual({ parcels_total: 'counter', parcel_kilos: 'histogram' })
  expect(value('parcels_total', { size: 'a \\"large\\"\\none' })).toBe(3)
  expect(value('parcel_kilos_bucket', { le: '10' })).toBe(1)
  expect(value('parcel_kilos_bucket', { le: '+Inf' })).toBe(2)
  expect(value('parcel_kilos_sum')).toBe(55)
})

it('a gauge that cannot be read, or not in time, is left out, is told, and hides no other', async () => {
  const told: unknown[] = []
  const log = {
    ...silentLog,
    warn: (event: string, fields?: object) => void told.push({ event, ...fields }),
  }
  const metrics = createMetrics({ log })
  const broken = { name: 'broken', help: 'Broken.' }
  metrics.gauge(broken, () => Promise.reject(new Error('away')))
  metrics.gauge(broken, () => [{ value: 7 }])
  metrics.gauge({ name: 'whole', help: 'Whole.' }, () => [{ value: 1 }])
  const { value } = await pageOf(metrics)
  expect([value('broken'), value('whole')]).toEqual([7, 1])
  expect(told).toMatchObject([{ event: 'metrics.unread', metric: 'broken' }])
})

it('a gauge forgets what it is no longer told', async () => {
  const metrics = createMetrics({ log: silentLog })
  let statuses = ['running', 'stuck']
  metrics.gauge({ name: 'sagas', help: 'Sagas.', labels: ['status'] }, () =>
    statuses.map((status) => ({ labels: { status }, value: 1 })),
  )
  expect((await pageOf(metrics)).value('sagas', { status: 'stuck' })).toBe(1)
  statuses = ['running']
  const after = await pageOf(metrics)
  expect(after.samples.map(({ labels }) => labels['status'])).toEqual(['running'])
})

it('tells of the process where that was asked for', async () => {
  const metrics = createMetrics({ log: silentLog, ofProcess: true })
  const { value } = await pageOf(metrics)
  expect(value('process_cpu_seconds_total')).toBeGreaterThan(0)
  expect(value('nodejs_eventloop_lag_p99_seconds')).toBeDefined()
})

it('where nothing is counted there is no page', async () => {
  noMetrics.counter({ name: 'nothing_total', help: 'Nothing.' })()
  noMetrics.gauge({ name: 'nothing', help: 'Nothing.' }, () => {
    throw new Error('nobody reads it')
  })
  expect(await noMetrics.page()).toBeNull()
})
