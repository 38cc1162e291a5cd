// Beyond one machine: the rights in Kafka that each program needs, and the Helm chart; and the
// documents, which are a command of their own.
import { execFile } from 'node:child_process'
import path from 'node:path'
import { Type } from 'typebox'
import { chartTools } from '../../../local/chart-tools.ts'
import { type FullDemo, judged, leftOut, type Part, type Shown } from './part.ts'

const chart = path.join(import.meta.dirname, '../../../deploy/helm/sagaline')
const values = path.join(chart, 'examples/strimzi-cloudnativepg.yaml')
/** The newest Kubernetes that is spoken to; helm alone would take its own, old one. */
const kubeVersion = '1.34.0'
const lintMsMax = 60_000

const Acls = Type.Object({
  principals: Type.Array(Type.Object({ name: Type.String(), acls: Type.Array(Type.Unknown()) })),
})

export const operationParts: readonly Part[] = [
  {
    name: 'rights in Kafka',
    story: 'sagaline acls: what each program may do, worked out of the saga.',
    show: showAcls,
  },
  {
    name: 'Helm chart',
    story: 'helm lint of the chart, with the values for Strimzi and CloudNativePG.',
    show: showChart,
  },
  {
    name: 'documents as a site',
    story: 'Tutorial, how-to pages, reference and explanation.',
    show: async () => leftOut('`npm run docs` builds the site and checks its links'),
  },
]

async function showAcls({ cli }: FullDemo): Promise<Shown> {
  const { principals } = await cli(Acls, [
    ...['acls', '--definitions', 'services/place-order/saga.ts'],
    ...['--writes', 'orders=orders.events', '--writes', 'payments=payments.events'],
  ])
  const names = principals.map(({ name, acls }) => `${name} ${acls.length}`)
  const missing = ['orchestrator', 'orders', 'payments', 'operator'].filter(
    (name) => !principals.some((one) => one.name === name && one.acls.length > 0),
  )
  return judged(
    `rights of ${principals.length} programs: ${names.join(', ')}`,
    missing.map((name) => `${name} has no rights`),
  )
}

async function showChart({ signal, say }: FullDemo): Promise<Shown> {
  const { helm } = await chartTools(false)
  if (helm === null) return leftOut('helm is not here; `npm run chart` builds it and checks more')
  const said = await new Promise<string | null>((resolve) => {
    const words = ['lint', '--strict', chart, '--values', values, '--kube-version', kubeVersion]
    execFile(helm, words, { timeout: lintMsMax, signal }, (error, out) => {
      for (const line of out.split('\n')) if (line.trim() !== '') say(line)
      resolve(error === null ? null : error.message)
    })
  })
  return judged('the chart has no fault that helm lint finds', [said])
}
