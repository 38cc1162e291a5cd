// `npm run fuzz:rest -- --cases N --seed S`: schemathesis asks the real orchestrator everything that
// its OpenAPI document allows, and much that it does not: no answer of 500 and up, and none that the
// document does not tell of. It is fetched from PyPI into a temporary folder; without Python or
// PyPI it says so and ends with 2: nothing was shown.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { startLocalParts } from '../../local/local-parts.ts'
import { openDb } from '../../messaging/db.ts'
import { runKeysCommand } from '../../orchestrator/keys-command.ts'
import { type OrderSystem, startOrderSystem } from '../../services/system/order-system.ts'
import { wholeNumber } from '../whole-number.ts'
import { sagasNeeded, schemathesisConfig } from './schemathesis-config.ts'

const schemathesis = 'schemathesis==4.32.5'
const casesDefault = 5_000
const installMsMax = 300_000
const order = { customerId: 'c-1', amount: 4_200, items: [{ sku: 'A-1', quantity: 1 }] }

const { values } = parseArgs({
  options: { cases: { type: 'string' }, seed: { type: 'string' } },
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
})
const casesMin = wholeNumber(values.cases, { name: 'cases', least: 1 }) ?? casesDefault
const seed = wholeNumber(values.seed, { name: 'seed', least: 0 }) ?? Date.now() % 2 ** 32
/** Of schemathesis. */
type Report = { readonly test_cases: { readonly generated: number } }

const say = (line: string) => console.info(line)

const folder = mkdtempSync(path.join(tmpdir(), 'sagaline-fuzz-'))
try {
  const tool = installed()
  if (tool === null) {
    say('Not fuzzed: Python 3 with venv, or PyPI, is out of reach.')
    process.exitCode = 2
  } else process.exitCode = await fuzz(tool)
} finally {
  rmSync(folder, { recursive: true })
}

function installed(): string | null {
  const bin = path.join(folder, 'venv', 'bin')
  try {
    execFileSync('python3', ['-m', 'venv', path.join(folder, 'venv')], { timeout: installMsMax })
    const args = ['install', '--quiet', '--disable-pip-version-check', schemathesis]
    execFileSync(path.join(bin, 'pip'), args, { timeout: installMsMax })
    return path.join(bin, 'schemathesis')
  } catch (error) {
    say(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error))
    return null
  }
}

async function fuzz(tool: string): Promise<number> {
  const parts = await startLocalParts({ report: say })
  try {
    // Limits would only answer 429; the login is part of what is asked.
    const limits = ['REQUESTS', 'STARTS', 'VERBS', 'READS'].map((name) => [`REST_${name}_MAX`, '0'])
    const environment = { AUTH: 'keys', LOG_LEVEL: 'warn', ...Object.fromEntries(limits) }
    const onLine = (name: string, line: string) => say(`${name}: ${line}`)
    const prefix = `fuzz_${Date.now()}_`
    const system = await startOrderSystem({ parts, report: say, environment, prefix, onLine })
    try {
      return await ask(tool, system)
    } finally {
      await system.stop()
    }
  } finally {
    await parts.stop()
  }
}

async function ask(tool: string, system: OrderSystem): Promise<number> {
  const key = await adminKey(system.databases.sagas)
  const authorization = `Bearer ${key}`
  const ids = await Promise.all(
    Array.from({ length: sagasNeeded }, () => startOrder(system.url, authorization)),
  )
  const config = path.join(folder, 'schemathesis.toml')
  const report = path.join(folder, 'report.json')
  writeFileSync(config, schemathesisConfig({ ids, name: 'place-order' }))
  const args = [
    ...['--config-file', config, 'run', `${system.url}/openapi.json`],
    // Streams do not end by themselves.
    ...['--exclude-operation-id', 'follow-events', '--exclude-operation-id', 'follow-saga'],
    ...['--header', `Authorization: ${authorization}`, '--seed', String(seed)],
    ...['--report', 'json', '--report-json-path', report],
  ]
  say(`schemathesis, seed ${seed}`)
  const { status } = spawnSync(tool, args, { stdio: 'inherit', cwd: folder })
  const { test_cases: made } = JSON.parse(readFileSync(report, 'utf8')) as Report
  const cases = made.generated
  const ready = await fetch(`${system.url}/health/ready`)
  say(`${cases} cases; afterwards the orchestrator ${ready.ok ? 'is' : 'is not'} ready`)
  return status === 0 && ready.ok && cases >= casesMin ? 0 : 1
}

async function adminKey(url: string): Promise<string> {
  const db = openDb({ url, applicationName: 'fuzz', connectionsMax: 1 })
  const args = ['create', '--name', 'fuzz', '--role', 'admin:*']
  const [key = ''] = await runKeysCommand(db, args, 'fuzz').finally(() => db.stop())
  return key
}

async function startOrder(url: string, authorization: string): Promise<string> {
  const response = await fetch(`${url}/sagas/place-order`, {
    method: 'POST',
    // Kept open it would be closed by the server while the tool asks, and be used again afterwards.
    headers: { authorization, 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify(order),
  })
  return ((await response.json()) as { readonly id: string }).id
}
