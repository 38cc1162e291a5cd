// Restate as an engine: one server with its log on disk, the services in a Node process, each saga
// one request to the ingress. One partition, since on two cores that batches its writes best.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePorts } from '../../../local/free-ports.ts'
import { perSaga, readCounts } from '../../costs.ts'
import { type EngineOptions, partsOf, type RunningEngine } from '../../engines/engine.ts'
import { forkLoad, measure } from '../../measure.ts'
import { countOrders } from '../dbos/dbos.ts'
import { fetchedPeer } from '../fetched-peer.ts'
import type { HttpLoadOrder } from '../http-load.ts'
import { countPeerDisagreements, createPeerDatabases } from '../peer-databases.ts'
import { PeerProcess } from '../peer-process.ts'

const httpLoad = fileURLToPath(new URL('../http-load.ts', import.meta.url))
const readyLimitMs = 60_000

type Ports = {
  readonly ingress: number
  readonly admin: number
  readonly node: number
  readonly services: number
}

export async function startRestate(options: EngineOptions): Promise<RunningEngine> {
  const { parts, report } = options
  const folder = await fetchedPeer(
    {
      name: 'restate',
      folder: import.meta.dirname,
      install: [['npm', 'install', '--no-audit', '--no-fund', '--loglevel=error']],
      needs: 'the npm packages @restatedev/restate-sdk and @restatedev/restate-server',
    },
    report,
  )
  const databases = await createPeerDatabases(parts, 'restate')
  const [ingress = 0, admin = 0, node = 0, services = 0] = await freePorts(4)
  const ports = { ingress, admin, node, services }
  const data = await mkdtemp(path.join(tmpdir(), 'sagaline-restate-'))
  const server = await startServer(folder, data, ports)
  const handlers = await PeerProcess.start({
    name: 'services',
    command: process.execPath,
    args: ['services.mjs'],
    cwd: folder,
    env: {
      ORDERS_URL: databases.orders,
      PAYMENTS_URL: databases.payments,
      PORT: String(services),
      NODE_ENV: 'production',
      RESTATE_LOGGING: 'WARN',
    },
    readyLine: 'READY',
  })
  await register(ports)
  let run = 0
  return {
    kind: 'restate',
    measure: async (times) => {
      run += 1
      const to = { url: `http://127.0.0.1:${ingress}`, path: '/saga/{id}/run', run: `r${run}` }
      const order: HttpLoadOrder = { ...times, ...to }
      const before = await readCounts(parts, databases)
      const started = await countOrders(databases)
      const figures = await measure(order, forkLoad(httpLoad, order, options), () => ({
        postgres: partsOf(parts)['postgres'] ?? [],
        'restate-server': [server.pid],
        services: [handlers.pid],
      }))
      const sagas = (await countOrders(databases)) - started
      const after = await readCounts(parts, databases)
      return {
        ...{ engine: 'restate', ...figures, batches: {} },
        perSaga: perSaga(before, after, sagas),
      }
    },
    disagreements: () => countPeerDisagreements(databases),
    stop: async () => {
      await Promise.all([server.stop(), handlers.stop()])
      await rm(data, { recursive: true, force: true })
    },
  }
}

/** Its writes are synced, as it ships; its telemetry is off. */
async function startServer(folder: string, data: string, ports: Ports): Promise<PeerProcess> {
  const settings = path.join(data, 'restate.toml')
  await writeFile(
    settings,
    [
      'disable-telemetry = true',
      'default-num-partitions = 1',
      'log-filter = "warn"',
      `bind-address = "127.0.0.1:${ports.node}"`,
      'listen-mode = "tcp"',
      '[admin]',
      `bind-address = "127.0.0.1:${ports.admin}"`,
      '[ingress]',
      `bind-address = "127.0.0.1:${ports.ingress}"`,
      '[bifrost]',
      'default-provider = "replicated"\n',
    ].join('\n'),
  )
  const program = `node_modules/@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`
  const given = ['--config-file', settings, '--base-dir', data, '--node-name', 'n1', '--no-logo']
  const [command = '', ...args] = withoutResolver([path.join(folder, program), ...given])
  const server = await PeerProcess.start({
    ...{ name: 'server', command, args, cwd: folder },
    // With backtraces, clients that come back all at once stall it for a minute.
    env: { DO_NOT_TRACK: '1', RUST_BACKTRACE: '0' },
    readyLine: null,
  })
  await until(() => fetch(`http://127.0.0.1:${ports.admin}/health`))
  await until(() => fetch(`http://127.0.0.1:${ports.ingress}/restate/health`))
  return server
}

/** It asks the internet for its newest release; where that can be kept from it, it is. */
function withoutResolver(command: readonly string[]): readonly string[] {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return command
  const script = 'mount --bind /dev/null /etc/resolv.conf; exec "$@"'
  return ['unshare', '-m', 'sh', '-c', script, 'sh', ...command]
}

function register({ admin, services }: Ports): Promise<void> {
  return until(() =>
    fetch(`http://127.0.0.1:${admin}/deployments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ uri: `http://127.0.0.1:${services}`, force: true }),
    }),
  )
}

/** Asks until it is answered well. */
async function until(ask: () => Promise<Response>): Promise<void> {
  const deadline = performance.now() + readyLimitMs
  for (;;) {
    const answer = await ask().catch(() => null)
    if (answer?.ok) return
    if (performance.now() > deadline)
      throw new Error(`not within ${readyLimitMs} ms: ${answer?.status}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
