// Kafka and Postgres that take nothing but TLS and a password, with certificates made for the
// occasion: the certificate is for 127.0.0.1, so that `localhost` is a wrong name.
import { execFile } from 'node:child_process'
import { chmodSync, chownSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { startBarePostgres } from '../../local/bare-postgres.ts'
import { formattedBroker } from '../../local/broker-process.ts'
import { classArchive } from '../../local/class-archive.ts'
import { clusterId } from '../../local/cluster-id.ts'
import { findJava } from '../../local/find-java.ts'
import { freePorts } from '../../local/free-ports.ts'
import { kafkaJars } from '../../local/kafka-jars.ts'
import type { KeptServer } from '../../local/kept-server.ts'
import { postgresOwner } from '../../local/postgres-program.ts'
import { openDb } from '../../messaging/db.ts'
import { bareConfig } from '../local/bare-parts.ts'

const run = promisify(execFile)

export type SecureParts = {
  /** `127.0.0.1:port`. */
  readonly broker: string
  readonly postgresPort: number
  /** Files: who signed the certificate, and somebody who did not. */
  readonly ca: string
  readonly strangeCa: string
  /** Of the Kafka user `sagaline`, and of the superuser of Postgres. */
  readonly kafkaPassword: string
  readonly adminPassword: string
  /** A file in a folder that goes away with the rest. */
  file(name: string, text: string): string
  stop(): Promise<void>
}

const quiet = () => undefined

export async function startSecureParts(): Promise<SecureParts> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sagaline-tls-'))
  const servers: KeptServer[] = []
  const stop = async () => {
    await Promise.all(servers.map((server) => server.remove()))
    rmSync(folder, { recursive: true })
  }
  const file = (name: string, text: string) => {
    writeFileSync(path.join(folder, name), text)
    return path.join(folder, name)
  }
  const [kafkaPassword, adminPassword] = ['canary-of-kafka', 'canary-of-the-admin']
  try {
    await makeCertificates(folder)
    const [kafka, postgres] = await Promise.all([
      startKafka(folder, kafkaPassword).then((server) => keep(servers, server)),
      startPostgres(folder, adminPassword).then((server) => keep(servers, server)),
    ])
    const ca = path.join(folder, 'ca.pem')
    const strangeCa = path.join(folder, 'strange.pem')
    const passwords = { kafkaPassword, adminPassword }
    const places = { broker: `127.0.0.1:${kafka.port}`, postgresPort: postgres.port }
    return { ...places, ...passwords, ca, strangeCa, file, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function keep(servers: KeptServer[], server: KeptServer): KeptServer {
  servers.push(server)
  return server
}

async function makeCertificates(folder: string): Promise<void> {
  const openssl = (...args: readonly string[]) => run('openssl', [...args], { cwd: folder })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  for (const name of ['ca', 'strange']) {
    const out = ['-keyout', `${name}-key.pem`, '-out', `${name}.pem`]
    await openssl('req', '-x509', ...key, ...out, '-subj', `/CN=${name}`, '-days', '2')
  }
  writeFileSync(path.join(folder, 'names'), 'subjectAltName=IP:127.0.0.1\n')
  await openssl('req', ...key, '-keyout', 'key.pem', '-out', 'request.pem', '-subj', '/CN=parts')
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial', '-days', '2']
  const files = ['-in', 'request.pem', '-extfile', 'names', '-out', 'certificate.pem']
  await openssl('x509', '-req', ...files, ...signed)
  // One file with both, as Kafka reads it.
  await openssl('pkcs8', '-topk8', '-nocrypt', '-in', 'key.pem', '-out', 'kafka.pem')
  const { stdout } = await openssl('x509', '-in', 'certificate.pem')
  writeFileSync(path.join(folder, 'kafka.pem'), stdout, { flag: 'a' })
}

async function startKafka(folder: string, password: string): Promise<KeptServer> {
  const config = bareConfig()
  const java = await findJava(config.javaHome)
  const jars = await kafkaJars(config, quiet)
  const program = { java, jars, archive: await classArchive(java, jars, quiet) }
  const [client = 0, controller = 0] = await freePorts(2)
  const scram = `SCRAM-SHA-512=[name=sagaline,password=${password}]`
  const server = await formattedBroker({
    program,
    clusterId: clusterId(),
    nodeId: 1,
    ports: [{ client, controller }],
    report: quiet,
    settings: brokerSettings(folder, { client, controller, password }),
    formatArgs: ['--add-scram', scram],
  })
  await server.start()
  return server
}

type Listening = { readonly client: number; readonly controller: number; readonly password: string }

function brokerSettings(folder: string, { client, controller, password }: Listening) {
  const login = 'org.apache.kafka.common.security.scram.ScramLoginModule required'
  const mechanism = 'SCRAM-SHA-512'
  return {
    listeners: `SASL_SSL://127.0.0.1:${client},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `SASL_SSL://127.0.0.1:${client}`,
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL',
    'inter.broker.listener.name': 'SASL_SSL',
    'sasl.enabled.mechanisms': mechanism,
    'sasl.mechanism.inter.broker.protocol': mechanism,
    'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': `${login} username="sagaline" password="${password}";`,
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': path.join(folder, 'kafka.pem'),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': path.join(folder, 'ca.pem'),
  }
}

async function startPostgres(folder: string, password: string): Promise<KeptServer> {
  const config = bareConfig()
  const server = await startBarePostgres(config, quiet)
  const data = path.join(server.dataDir, 'data')
  const owner = postgresOwner(config)
  const url = `postgres://postgres@127.0.0.1:${server.port}/postgres`
  const admin = openDb({ url, applicationName: 'test', connectionsMax: 1 })
  try {
    for (const name of ['key.pem', 'certificate.pem']) {
      const copy = path.join(data, name)
      copyFileSync(path.join(folder, name), copy)
      chmodSync(copy, 0o600)
      if (owner !== undefined) chownSync(copy, owner.uid, owner.gid)
    }
    writeFileSync(path.join(data, 'pg_hba.conf'), 'hostssl all all 127.0.0.1/32 scram-sha-256\n')
    await admin.query(`alter role postgres password '${password}'`)
    await admin.query(`alter system set ssl_cert_file = 'certificate.pem'`)
    await admin.query(`alter system set ssl_key_file = 'key.pem'`)
    await admin.query('alter system set ssl = on')
  } finally {
    await admin.stop()
  }
  // A reload takes its time; after a start everything counts for certain.
  await server.stop()
  await server.start()
  return server
}
