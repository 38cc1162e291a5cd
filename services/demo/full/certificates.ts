// Participants in any language: the payment service in Node, Java and Python, each certified over
// Kafka; the last two also take the payment of an order in place of the Node one.
import { Type } from 'typebox'
import { type ForeignName, lackOf, withForeign } from './foreign-payments.ts'
import { type FullDemo, judged, leftOut, type Part, type Shown } from './part.ts'

const topic = 'payments.commands'
const sql = 'select status from payments where saga_id = $1'
const order = { customerId: 'radia', amount: 2_500, items: [{ sku: 'book', quantity: 1 }] }
const waitSeconds = 30

/** For one answer: a service that was just started has first to be given its partitions. */
const answerSeconds = 30

const Certificate = Type.Object({
  verdict: Type.String(),
  checks: Type.Array(Type.Object({ verdict: Type.String() })),
  breach: Type.Union([Type.Null(), Type.Object({ name: Type.String(), detail: Type.String() })]),
})

export const certificates: readonly Part[] = [
  {
    name: 'participant in Node',
    story: 'sagaline certify: duplicates, undo before do, late and malformed commands, and more.',
    show: async (full) => {
      const { says, problems } = await certify(full)
      return judged(says, problems)
    },
  },
  foreign('participant in Java', 'java-spring', 'Payment with Spring Kafka and JDBC.'),
  foreign('participant in Python', 'python-flask', 'Payment with Flask and confluent-kafka.'),
]

function foreign(name: string, folder: ForeignName, story: string): Part {
  return {
    name,
    story: `${story} It takes the place of the Node one, on its database.`,
    show: async (full) => {
      const lack = await lackOf(folder)
      return lack === null ? showForeign(full, folder) : leftOut(lack)
    },
  }
}

async function showForeign(full: FullDemo, folder: ForeignName): Promise<Shown> {
  const { system, parts, api } = full
  const [node] = system.payments
  await node?.stop()
  const environment = {
    KAFKA_BROKERS: parts.kafka.brokers.join(','),
    DATABASE_URL: system.databases.payments,
    HTTP_PORT: '0',
  }
  try {
    return await withForeign(folder, environment, full, async () => {
      const { status } = await api.startAndWait(order, waitSeconds)
      const { says, problems } = await certify(full)
      return judged(`an order paid by it is ${status}; ${says}`, [
        status === 'completed' ? null : `an order with it is ${status}, must be completed`,
        ...problems,
      ])
    })
  } finally {
    if (!full.signal.aborted) await node?.start()
  }
}

async function certify({ cli, system, parts }: FullDemo) {
  const { checks, breach } = await cli(Certificate, [
    ...['certify', '--commands', topic, '--brokers', parts.kafka.brokers.join(',')],
    ...['--definitions', 'services/place-order/saga.ts', '--wait', `${answerSeconds}`],
    ...['--examples', 'examples/participants/payments.json'],
    ...['--database', system.databases.payments, '--sql', sql],
  ])
  const passed = checks.filter(({ verdict }) => verdict === 'passed').length
  return {
    says: `certified: all ${passed} checks passed, effects seen by SQL`,
    problems: [
      breach === null ? null : `${breach.name}: ${breach.detail}`,
      passed === checks.length ? null : `${checks.length - passed} checks were skipped`,
    ],
  }
}
