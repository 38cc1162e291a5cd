/**
 * `npm run build`: what the npm package ships, in dist/. JavaScript with types for every door, the
 * migrations and the built dashboard at the same distance from the code as in the source tree, and
 * of this folder what `sagaline dev` starts Kafka and Postgres with.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildDashboard, dashboardFolder } from './dashboard-build.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = path.join(root, 'dist')

/** Those of the example services stay with the services. */
const migrationSets = ['messaging', 'participant', 'orchestrator']

// What an older build left must not be shipped.
rmSync(dist, { recursive: true, force: true })
compile()
for (const set of migrationSets) {
  cpSync(path.join(root, 'migrations', set), path.join(dist, 'migrations', set), {
    recursive: true,
  })
}
await buildDashboard()
cpSync(dashboardFolder, path.join(dist, 'dashboard', 'dist'), { recursive: true })

// What `sagaline dev` fetches Kafka with.
cpSync(path.join(root, 'local/kafka-pom.xml'), path.join(dist, 'local/kafka-pom.xml'))

function compile(): void {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}
