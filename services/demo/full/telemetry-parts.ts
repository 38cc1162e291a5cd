// What comes of the sagas over Kafka while they run: their log lines, and their figures.
import { awaitRight } from './await-right.ts'
import { type FullDemo, judged, type Part, type Shown } from './part.ts'

/** Each says something of a saga that was paid, at the level `debug`. */
const services = ['orders', 'payments']

export const telemetryParts: readonly Part[] = [
  {
    name: 'log collection',
    story: 'GET /sagas/{id}/logs of the last order: what each service said of it.',
    show: (full) => awaitRight(full, () => showLogs(full)),
  },
  {
    name: 'stream processing',
    story: 'GET /stats, counted from sagaline.events: what began, ended and was retried.',
    show: (full) => awaitRight(full, () => showStats(full)),
  },
]

async function showLogs({ api, runs }: FullDemo): Promise<Shown> {
  const id = runs.at(-1)?.saga.id
  if (id === undefined) throw new Error('There was no order.')
  const lines = await api.logs(id)
  const counts = new Map<string, number>()
  for (const { service } of lines) counts.set(service, (counts.get(service) ?? 0) + 1)
  const silent = services.filter((service) => !counts.has(service))
  const said = [...counts].map(([service, count]) => `${service} ${count}`).sort()
  return judged(
    `${lines.length} log lines of one saga: ${said.join(', ')}`,
    silent.map((service) => `no log line of ${service}`),
  )
}

/** On a Kafka that others use as well there may be more than the demo's own. */
async function showStats({ api, runs }: FullDemo): Promise<Shown> {
  const items = await api.stats()
  const sum = (of: 'started' | 'completed' | 'compensated', step: string | null) =>
    items.filter((item) => item.step === step).reduce((total, item) => total + item[of], 0)
  const retries = items.reduce((total, item) => total + item.retries, 0)
  const p50Ms = items.find(({ step }) => step === 'createOrder')?.p50Ms ?? null
  const ended = (status: string) => runs.filter(({ saga }) => saga.status === status).length
  const [started, completed, compensated] = (['started', 'completed', 'compensated'] as const).map(
    (of) => sum(of, null),
  ) as [number, number, number]
  const atLeast = (what: string, is: number, least: number) =>
    is >= least ? null : `${is} sagas ${what}, must be ${least}`
  return judged(
    `place-order: ${started} started, ${completed} completed, ${compensated} compensated; ` +
      `${retries} commands sent again; createOrder takes ${p50Ms} ms (p50)`,
    [
      atLeast('started', started, runs.length),
      atLeast('completed', completed, ended('completed')),
      atLeast('compensated', compensated, ended('compensated')),
      retries > 0 ? null : 'no command was sent again, and one was',
    ],
  )
}
