// The Helm chart: linted, rendered with every example, and held against the schemas of Kubernetes and
// against the programs that it starts. It takes helm, which `npm run chart` builds.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { chartTools } from '../../local/chart-tools.ts'
import { signalsGroup, startsGroup } from '../../orchestrator/coordinator/coordinator.ts'
import { orchestratorGroup } from '../../orchestrator/coordinator/reply-intake.ts'
import { problemsIn } from '../tidy/compose-file.ts'
import { settingsIn } from '../tidy/config-fields.ts'
import { codeFiles, readSource, roomOf } from '../tidy/source-tree.ts'
import { schemaProblems } from './check-schemas.ts'
import {
  type Container,
  chartFolder,
  lint,
  type Manifest,
  ofKind,
  podOf,
  render,
  type Values,
} from './render-chart.ts'

const tools = await chartTools(process.env['CHART_TOOLS'] === 'fetch')
const { helm, models } = tools
if (helm === null) console.warn('[chart] NOT CHECKED: helm is not here; `npm run chart` builds it')
if (models === null)
  console.warn('[chart] no schemas of Kubernetes here; `npm run chart` gets them')

const examplesFolder = path.join(chartFolder, 'examples')
const examples = readdirSync(examplesFolder).map((file) => path.join(examplesFolder, file))
const nameOf = (file: string) => path.basename(file)

const least: Values = {
  kafka: { brokers: 'kafka:9092' },
  orchestrator: { auth: 'keys', databaseSecret: { name: 'sagas' } },
  participants: {
    orders: { databaseSecret: { name: 'orders' } },
    payments: { databaseSecret: { name: 'payments' } },
  },
}

function manifestsOf(values: Values | string): readonly Manifest[] {
  const rendered = render(helm ?? '', values)
  if ('problem' in rendered) throw new Error(rendered.problem)
  return rendered.manifests
}

const withPods = (manifests: readonly Manifest[]) =>
  [...ofKind(manifests, 'Deployment'), ...ofKind(manifests, 'Job')].map((manifest) => {
    const pod = podOf(manifest)
    const [container] = pod.containers as readonly [Container]
    return { manifest, pod, container }
  })

function envOf({ env }: Container): Readonly<Record<string, string>> {
  return Object.fromEntries(env.map(({ name, value = 'of a secret' }) => [name, value]))
}

describe.skipIf(helm === null)('the chart', () => {
  it.each(examples.map((file) => [nameOf(file), file]))('lints and renders %s', (_, file) => {
    expect(lint(helm ?? '', file)).toBeNull()
    expect(manifestsOf(file).length).toBeGreaterThan(9)
  })

  it.skipIf(models === null)(
    'renders what the schemas of Kubernetes, KEDA and Prometheus know, and nothing misspelt',
    async () => {
      const all = examples.flatMap((file) => manifestsOf(file))
      const [deployment] = ofKind(all, 'Deployment')
      if (deployment === undefined) throw new Error('there is no deployment')
      const misspelt = { ...deployment, spec: { ...deployment.spec, replica: 2 } }
      const mistyped = { ...deployment, spec: { ...deployment.spec, replicas: 'two' } }
      expect(await schemaProblems(models ?? '', [...all, misspelt, mistyped])).toEqual([
        expect.stringMatching(/replicas must be integer/),
        expect.stringMatching(/'"replica"' does not exist/),
        expect.stringMatching(/'string' is not assignable to type 'number'/),
      ])
    },
    120_000,
  )

  it('starts programs that are there, with settings that they know', async () => {
    const settings = await settingsIn(codeFiles.filter(({ path: at }) => roomOf(at) !== 'test'))
    const services = examples.flatMap((file) =>
      withPods(manifestsOf(file)).map(({ manifest, container }) => {
        // Of a library, which would keep files.
        const { JITI_FS_CACHE: _no, ...environment } = envOf(container)
        const service = { image: 'sagaline', build: '.', command: container.command, environment }
        return [`${manifest.metadata.name} of ${nameOf(file)}`, service] as const
      }),
    )
    const compose = { services: Object.fromEntries(services) }
    expect(problemsIn(compose as never, { files: codeFiles, settings })).toEqual([])
  })

  it('migrates before each installation and upgrade, as whom it is told to', () => {
    const jobs = ofKind(manifestsOf(`${examplesFolder}/strimzi-cloudnativepg.yaml`), 'Job')
    expect(jobs.map(({ metadata }) => metadata.name)).toEqual([
      'shop-migrate-orchestrator',
      'shop-migrate-orders',
      'shop-migrate-payments',
    ])
    for (const { manifest, container } of withPods(jobs)) {
      expect(manifest.metadata.annotations?.['helm.sh/hook']).toBe('pre-install,pre-upgrade')
      expect(container.command.at(-1)).toBe('migrate')
      expect(envOf(container)).toMatchObject({ KAFKA_USERNAME: 'operator' })
      const database = container.env.find(({ name }) => name === 'DATABASE_URL')
      expect(JSON.stringify(database)).toContain('sagaline-db-owner-')
    }
  })

  it('gives a migration the settings of its program, such as the topic for log lines', () => {
    const env = { LOG_TOPIC: 'logs' }
    const values = { ...least, orchestrator: { ...(least['orchestrator'] as object), env } }
    const programs = withPods(manifestsOf(values))
    const have = programs.filter(({ container }) => envOf(container)['LOG_TOPIC'] === 'logs')
    expect(have.map(({ manifest: { kind, metadata } }) => `${kind} ${metadata.name}`)).toEqual([
      'Deployment shop-orchestrator',
      'Job shop-migrate-orchestrator',
    ])
  })

  it('runs a consumer of events, and a program that can neither migrate nor tell its health', () => {
    const participants = {
      ...(least['participants'] as object),
      view: { command: ['node', 'view.ts'], databaseSecret: { name: 'view' } },
      foreign: {
        ...{ command: ['java'], group: 'foreign', commandTopics: ['foreign.commands'] },
        ...{ databaseSecret: { name: 'foreign' }, migrate: false, probes: false },
      },
    }
    const manifests = manifestsOf({ ...least, participants, monitoring: { enabled: true } })
    const names = (kind: string) => ofKind(manifests, kind).map(({ metadata }) => metadata.name)
    const deployments = withPods(ofKind(manifests, 'Deployment'))
    const probed = deployments.filter(({ container }) => container.readinessProbe !== undefined)
    const portless = deployments.filter(({ container }) => container.ports === undefined)
    const fixed = deployments.filter(({ manifest }) => 'replicas' in manifest.spec)
    const nameIn = ({ manifest }: (typeof deployments)[number]) => manifest.metadata.name
    expect({
      scaled: names('ScaledObject').sort(),
      fixed: fixed.map(nameIn),
      migrated: names('Job').sort(),
      probed: probed.map(nameIn).sort(),
      portless: portless.map(nameIn),
      watched: names('PodMonitor').sort(),
    }).toEqual({
      scaled: ['shop-foreign', 'shop-orchestrator', 'shop-orders', 'shop-payments'],
      fixed: ['shop-view'],
      migrated: ['orchestrator', 'orders', 'payments', 'view'].map((one) => `shop-migrate-${one}`),
      probed: ['shop-orchestrator', 'shop-orders', 'shop-payments', 'shop-view'],
      portless: ['shop-foreign'],
      watched: ['shop-orders', 'shop-payments', 'shop-view'],
    })
  })

  it('gives a process longer to end than an orderly stop may take', () => {
    const stopMs = ['orchestrator/main.ts', 'services/shared/serve.ts'].map((file) =>
      Number(
        readSource(file)
          .text.match(/stopMsMax = ([\d_]+)/)?.[1]
          ?.replace('_', ''),
      ),
    )
    expect(stopMs.every((ms) => ms > 0)).toBe(true)
    const { shutdown } = parse(readSource('deploy/helm/sagaline/values.yaml').text)
    const needed = shutdown.drainSeconds + Math.max(...stopMs) / 1_000
    for (const { pod } of withPods(manifestsOf(least))) {
      expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(needed)
    }
  })

  it('asks for health where the programs tell it', () => {
    const deployments = withPods(ofKind(manifestsOf(least), 'Deployment'))
    expect(deployments.length).toBe(3)
    for (const { container } of deployments) {
      const { PORT, HEALTH_PORT, HOST, HEALTH_HOST } = envOf(container)
      expect(container.ports?.map(({ containerPort }) => containerPort)).toEqual([
        Number(PORT ?? HEALTH_PORT),
      ])
      expect(HOST ?? HEALTH_HOST).toBe('0.0.0.0')
      expect(container.startupProbe?.httpGet.path).toBe('/health/live')
      expect(container.livenessProbe?.httpGet.path).toBe('/health/live')
      expect(container.readinessProbe?.httpGet.path).toBe('/health/ready')
    }
  })

  it('scales on the lag of the groups and topics that the programs have, prefix and all', () => {
    const manifests = manifestsOf(`${examplesFolder}/strimzi-mtls.yaml`)
    const lags = ofKind(manifests, 'ScaledObject').map(({ metadata, spec }) => {
      const triggers = spec['triggers'] as { readonly metadata: Record<string, string> }[]
      const read = triggers.map(
        (one) => `${one.metadata['consumerGroup']} ${one.metadata['topic']}`,
      )
      return [metadata.name, read]
    })
    expect(Object.fromEntries(lags)).toEqual({
      'shop-orchestrator': [
        `eu-1.${orchestratorGroup} eu-1.sagaline.replies`,
        `eu-1.${startsGroup} eu-1.sagaline.starts`,
        `eu-1.${signalsGroup} eu-1.sagaline.signals`,
      ],
      'shop-orders': ['eu-1.orders eu-1.orders.commands'],
      'shop-payments': ['eu-1.payments eu-1.payments.commands'],
    })
    // Where KEDA decides how many there are, nobody else may.
    const deployments = ofKind(manifests, 'Deployment')
    expect(deployments.filter(({ spec }) => 'replicas' in spec)).toEqual([])
    const fixed = ofKind(manifestsOf(`${examplesFolder}/msk-rds.yaml`), 'Deployment')
    expect(fixed.map(({ spec }) => spec['replicas'])).toEqual([3, 2, 2])
  })

  it('lets no pod do more than it must, and mounts what it names', () => {
    for (const file of examples) {
      for (const { pod, container } of withPods(manifestsOf(file))) {
        expect(pod.securityContext).toMatchObject({ runAsNonRoot: true })
        expect(container.securityContext).toMatchObject({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        })
        expect(container.resources).toMatchObject({ requests: {}, limits: {} })
        const volumes = pod.volumes.map(({ name }) => name).sort()
        expect(container.volumeMounts.map(({ name }) => name).sort()).toEqual(volumes)
        const files = Object.values(envOf(container)).filter((value) => value.startsWith('/etc/'))
        const folders = container.volumeMounts.map(({ mountPath }) => mountPath)
        expect(files.filter((one) => !folders.includes(path.posix.dirname(one)))).toEqual([])
      }
    }
  })

  it('has one budget for each deployment, and the alerts of deploy/grafana', () => {
    const manifests = manifestsOf(`${examplesFolder}/strimzi-cloudnativepg.yaml`)
    const names = (kind: string) => ofKind(manifests, kind).map(({ metadata }) => metadata.name)
    expect(names('PodDisruptionBudget').sort()).toEqual(names('Deployment').sort())
    const [rules] = ofKind(manifests, 'PrometheusRule')
    expect(rules?.spec).toEqual(parse(readFileSync(`${chartFolder}/files/alerts.yaml`, 'utf8')))
  })

  it.each([
    [
      'a name that is not known',
      { kafka: { broker: 'kafka:9092' } },
      /broker' not allowed|additional/i,
    ],
    ['brokers without a port', { kafka: { brokers: 'kafka' } }, /does not match|pattern/i],
    ['no brokers', { kafka: { brokers: '' } }, /kafka.brokers says where Kafka is/],
    ['no login to REST', { orchestrator: { auth: 'none' } }, /auth/],
    ['too short an end', { shutdown: { graceSeconds: 20 } }, /graceSeconds/],
    ['no database', { orchestrator: { databaseSecret: {} } }, /databaseSecret/],
    [
      'a mechanism and no user',
      { kafka: { brokers: 'kafka:9092', saslMechanism: 'scram-sha-512' } },
      /kafkaUser.(username|passwordSecret) of/,
    ],
    [
      'a group without topics',
      { participants: { mail: { command: ['x'], group: 'mail' } } },
      /mail|commandTopics/,
    ],
  ])('refuses %s', (_, wrong: Record<string, object>, problem) => {
    const values = Object.entries(wrong).map(([key, value]) => [
      key,
      { ...(least[key] as object | undefined), ...value },
    ])
    const rendered = render(helm ?? '', { ...least, ...Object.fromEntries(values) })
    expect('problem' in rendered && rendered.problem).toMatch(problem)
  })
})
