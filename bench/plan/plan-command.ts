// `npm run bench -- plan FILE`: what rates up to a million sagas a second would need.
import { parseArgs } from 'node:util'
import { whole } from '../arguments.ts'
import { type Measurement, readReport } from '../measurement.ts'
import { figure, textTable } from '../text-table.ts'
import {
  brokerBytesMax,
  endOfOnePostgres,
  type Plan,
  partitionBytesMax,
  planOf,
  postgresCoresMax,
  postgresWalBytesMax,
  replicas,
  utilisation,
} from './plan.ts'

const usage = `npm run bench -- plan FILE [--rate N]

Estimates from the figures of FILE (npm run bench -- --json FILE) what N sagas a second need; without
--rate, what 100 to 1,000,000 do. The measurement with the cheapest saga counts: under load.`

const rates = [100, 1_000, 10_000, 100_000, 1_000_000]
const rateMax = 10_000_000

export async function planCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { rate: { type: 'string' }, help: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  const [file] = positionals
  if (values.help) {
    console.log(usage)
    return 0
  }
  if (file === undefined) throw new Error(usage)
  const { runs } = await readReport(file)
  const wanted = values.rate === undefined ? rates : [whole('--rate', values.rate, rateMax)]
  console.log(planText(cheapest(runs), wanted))
  return 0
}

/** @throws Error when Sagaline was not measured. */
export function cheapest(runs: readonly Measurement[]): Measurement {
  const [first, ...others] = runs.filter(({ engine }) => engine === 'sagaline')
  if (first === undefined) throw new Error('the report has no measurement of sagaline')
  return others.reduce((best, one) => (one.cpuPer1000All < best.cpuPer1000All ? one : best), first)
}

export function planText(measured: Measurement, wanted: readonly number[]): string {
  const plans = wanted.map((rate) => planOf(measured, rate))
  const row = (name: string, of: (plan: Plan) => number) => [
    name,
    ...plans.map((plan) => figure(of(plan))),
  ]
  const kinds = Object.keys(plans[0]?.cores ?? {})
  const mega = (bytes: number) => bytes / 1e6
  const end = endOfOnePostgres(measured)
  return [
    `By the measurement with ${measured.inFlight} in flight (${figure(measured.cpuPer1000All)} CPU-s per 1,000):`,
    textTable([
      ['sagas a second', ...wanted.map((rate) => rate.toLocaleString('en-US'))],
      ...kinds.map((kind) => row(`cores: ${kind}`, ({ cores }) => cores[kind] ?? 0)),
      row('orchestrators', ({ orchestrators }) => orchestrators),
      row('partitions of a hot topic', ({ partitions }) => partitions),
      row('brokers', ({ brokers }) => brokers),
      row('Kafka MB/s, with copies', ({ kafkaBytes }) => mega(kafkaBytes)),
      row('WAL MB/s', ({ walBytes }) => mega(walBytes)),
      row('WAL syncs/s, at most', ({ walSyncsMax }) => walSyncsMax),
      row('table pages written/s', ({ pageWrites }) => pageWrites),
      row('disk GB/day', ({ diskBytesADay }) => diskBytesADay / 1e9),
      row('cells', ({ cells }) => cells),
    ]),
    `Assumed: ${utilisation * 100} % busy, ${replicas} replicas, at most ${postgresCoresMax} cores and ${mega(postgresWalBytesMax)} MB/s of WAL for a Postgres, ${mega(brokerBytesMax)} MB/s for a broker, ${mega(partitionBytesMax)} MB/s for a partition.`,
    `One Postgres ends at about ${figure(end.sagasPerSecond)} sagas a second, by its ${end.by}. From there on: cells, each a deployment with a Postgres and topics of its own (docs/scale.md).`,
  ].join('\n\n')
}
