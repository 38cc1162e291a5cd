// What checks the Helm chart beside the checkout: `helm`, built by Go, and the schemas of Kubernetes,
// KEDA and the Prometheus operator, from npm. `npm run chart` fetches what is missing into the cache,
// once: building helm takes two minutes. Without that, tests use what they find.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder } from './cache-folder.ts'
import { readLocalConfig } from './config.ts'

const run = promisify(execFile)

const helmVersion = '3.18.6'
const models = {
  'kubernetes-models': '5.1.0',
  '@kubernetes-models/keda': '2.0.0',
  '@kubernetes-models/prometheus-operator': '6.0.0',
}
const fetchLimitMs = 15 * 60_000

export type ChartTools = {
  /** The program; null where it is not there. */
  readonly helm: string | null
  /** The folder with `node_modules` that hold the schemas; null where it is not there. */
  readonly models: string | null
}

export async function chartTools(mayFetch: boolean): Promise<ChartTools> {
  const cache = await cacheFolder(readLocalConfig().cacheHome)
  const helm = path.join(cache, `helm-${helmVersion}`)
  const folder = path.join(cache, `kubernetes-models-${models['kubernetes-models']}`)
  if (mayFetch && !existsSync(helm)) await fill(helm, buildHelm)
  if (mayFetch && !existsSync(folder)) await fill(folder, installModels)
  return {
    helm: existsSync(helm) ? helm : await onPath(),
    models: existsSync(folder) ? folder : null,
  }
}

/** Made beside its place and renamed, so that a broken attempt is never taken for a whole one. */
async function fill(place: string, make: (folder: string) => Promise<string>): Promise<void> {
  const folder = await mkdtemp(`${place}.making-`)
  try {
    await rename(await make(folder), place)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function buildHelm(folder: string): Promise<string> {
  console.log(`[chart] building helm ${helmVersion} with Go, once`)
  const module = `helm.sh/helm/v3/cmd/helm@v${helmVersion}`
  await run('env', [`GOBIN=${folder}`, 'go', 'install', module], { timeout: fetchLimitMs })
  return path.join(folder, 'helm')
}

async function installModels(folder: string): Promise<string> {
  console.log('[chart] installing the schemas of Kubernetes, 31 MB, once')
  await writeFile(path.join(folder, 'package.json'), '{"private":true,"type":"module"}')
  const wanted = Object.entries(models).map(([name, version]) => `${name}@${version}`)
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--save-exact']
  await run('npm', ['install', ...flags, ...wanted], { cwd: folder, timeout: fetchLimitMs })
  return folder
}

async function onPath(): Promise<string | null> {
  return run('helm', ['version', '--short']).then(
    ({ stdout }) => (stdout.startsWith('v3') || stdout.startsWith('v4') ? 'helm' : null),
    () => null,
  )
}
