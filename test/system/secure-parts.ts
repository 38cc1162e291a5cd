// Kafka and Postgres that take nothing but TLS and a password or a certificate, with certificates made
// for the occasion: that of the servers is for 127.0.0.1, so that `localhost` is a wrong name. Kafka
// allows nothing that no ACL allows, but to `admin`.
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
  /** `127.0.0.1:port`: for passwords, and for certificates. */
  readonly broker: string
  readonly certificateBroker: string
  readonly postgresPort: number
  /** Files: who signed the certificate, and somebody who did not. */
  readonly ca: string
  readonly strangeCa: string
  /** Of whoever has a certificate: the files of it and of its key. */
  certificateOf(name: Certified): { readonly certificate: string; readonly key: string }
  /** Of every Kafka user, and of the superuser of Postgres. */
  readonly kafkaPassword: string
  readonly adminPassword: string
  /** A file in a folder that goes away with the rest. */
  file(name: string, text: string): string
  stop(): Promise<void>
}

/** Users of Kafka with a password; `admin` may do everything. */
export const kafkaUsers = ['admin', 'orchestrator', 'orders', 'operator'] as const
/** A service that has a certificate for Kafka, and a role of Postgres that has one. */
const certified = ['payments', 'certified'] as const
type Certified = (typeof certified)[number]

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
    const [client = 0, controller = 0, certificatePort = 0] = await freePorts(3)
    const listening = { client, controller, certificatePort, password: kafkaPassword }
    const [kafka, postgres] = await Promise.all([
      startKafka(folder, listening).then((server) => keep(servers, server)),
      startPostgres(folder, adminPassword).then((server) => keep(servers, server)),
    ])
    const ca = path.join(folder, 'ca.pem')
    const strangeCa = path.join(folder, 'strange.pem')
    const passwords = { kafkaPassword, adminPassword }
    const certificateOf = (name: Certified) => ({
      certificate: path.join(folder, `${name}.pem`),
      key: path.join(folder, `${name}-key.pem`),
    })
    const places = {
      broker: `127.0.0.1:${kafka.port}`,
      certificateBroker: `127.0.0.1:${certificatePort}`,
      postgresPort: postgres.port,
    }
    return { ...places, ...passwords, ca, strangeCa, certificateOf, file, stop }
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
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial', '-days', '2']
  const sign = async (name: string, files: { readonly key: string; readonly out: string }) => {
    const request = ['-keyout', files.key, '-out', 'request.pem', '-subj', `/CN=${name}`]
    await openssl('req', ...key, ...request)
    const written = ['-in', 'request.pem', '-extfile', 'names', '-out', files.out]
    await openssl('x509', '-req', ...written, ...signed)
  }
  await sign('parts', { key: 'key.pem', out: 'certificate.pem' })
  for (const name of certified) await sign(name, { key: `${name}-key.pem`, out: `${name}.pem` })
  // One file with both, as Kafka reads it.
  await openssl('pkcs8', '-topk8', '-nocrypt', '-in', 'key.pem', '-out', 'kafka.pem')
  const { stdout } = await openssl('x509', '-in', 'certificate.pem')
  writeFileSync(path.join(folder, 'kafka.pem'), stdout, { flag: 'a' })
}

async function startKafka(folder: string, listening: Listening): Promise<KeptServer> {
  const { client, controller, password } = listening
  const config = bareConfig()
  const java = await findJava(config.javaHome)
  const jars = await kafkaJars(config, quiet)
  const program = { java, jars, archive: await classArchive(java, jars, quiet) }
  const users = kafkaUsers.flatMap((name) => [
    '--add-scram',
    `SCRAM-SHA-512=[name=${name},password=${password}]`,
  ])
  const server = await formattedBroker({
    program,
    clusterId: clusterId(),
    nodeId: 1,
    ports: [{ client, controller }],
    report: quiet,
    settings: brokerSettings(folder, listening),
    formatArgs: users,
  })
  await server.start()
  return server
}

type Listening = {
  readonly client: number
  readonly controller: number
  readonly certificatePort: number
  readonly password: string
}

function brokerSettings(folder: string, given: Listening) {
  const { client, controller, certificatePort, password } = given
  const login = 'org.apache.kafka.common.security.scram.ScramLoginModule required'
  const mechanism = 'SCRAM-SHA-512'
  return {
    listeners: `SASL_SSL://127.0.0.1:${client},SSL://127.0.0.1:${certificatePort},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `SASL_SSL://127.0.0.1:${client},SSL://127.0.0.1:${certificatePort}`,
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL',
    'listener.name.ssl.ssl.client.auth': 'required',
    // The principal is the name alone, as it is for those with a password.
    'ssl.principal.mapping.rules': 'RULE:^CN=([^,]+).*$/$1/',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': 'false',
    // Nobody but the broker itself comes to the controller's port, without a name.
    'super.users': 'User:admin;User:ANONYMOUS',
    'inter.broker.listener.name': 'SASL_SSL',
    'sasl.enabled.mechanisms': mechanism,
    'sasl.mechanism.inter.broker.protocol': mechanism,
    'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': `${login} username="admin" password="${password}";`,
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
  const hba = `hostssl all certified 127.0.0.1/32 cert
hostssl all all 127.0.0.1/32 scram-sha-256
`
  try {
    for (const name of ['key.pem', 'certificate.pem', 'ca.pem']) {
      const copy = path.join(data, name)
      copyFileSync(path.join(folder, name), copy)
      chmodSync(copy, 0o600)
      if (owner !== undefined) chownSync(copy, owner.uid, owner.gid)
    }
    writeFileSync(path.join(data, 'pg_hba.conf'), hba)
    await admin.query(`alter system set ssl_ca_file = 'ca.pem'`)
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
