// Builds the dashboard: static files under `dashboard/dist`, which the orchestrator serves at
// `/dashboard/`, each beside what it is compressed. Called by `npm run build`, and by tests, which
// build only when something changed.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'

const root = fileURLToPath(new URL('..', import.meta.url))
export const dashboardFolder = path.join(root, 'dashboard', 'dist')

/** Of what it was built from, beside what came of it. */
const stampName = 'built-from'

const compressed = /\.(js|css|svg|html|md)$/

/** Small ones gain nothing. */
const compressedBytesMin = 1_024

/**
 * Answers whether it had to be built. It is made apart and put in place whole, so that several may
 * build at once and whoever serves it finds every file.
 */
export async function buildDashboard({ isForced = false } = {}): Promise<boolean> {
  const stamp = stampOf(sources())
  if (isBuilt(stamp) && !isForced) return false
  const folder = `${dashboardFolder}-${process.pid}`
  try {
    await bundle(folder)
    for (const file of filesIn(folder)) compress(file)
    writeFileSync(path.join(folder, stampName), stamp)
    if (isBuilt(stamp) && !isForced) return true
    putInPlace(folder, stamp)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return true
}

function putInPlace(folder: string, stamp: string): void {
  try {
    rmSync(dashboardFolder, { recursive: true, force: true })
    renameSync(folder, dashboardFolder)
  } catch (error) {
    // Another one was quicker, with the same.
    if (!isBuilt(stamp)) throw error
  }
}

function isBuilt(stamp: string): boolean {
  try {
    return readFileSync(path.join(dashboardFolder, stampName), 'utf8') === stamp
  } catch {
    // Never built, or just being replaced.
    return false
  }
}

async function bundle(outDir: string): Promise<void> {
  // Loaded here: who finds everything built needs neither.
  const [{ build }, { default: react }] = await Promise.all([
    import('vite'),
    import('@vitejs/plugin-react'),
  ])
  await build({
    configFile: false,
    root: path.join(root, 'dashboard'),
    base: '/dashboard/',
    publicDir: false,
    logLevel: 'warn',
    plugins: [react()],
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2023',
      // The page's policy refuses what is written into it.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      // What is bundled keeps the notices of those who wrote it.
      license: { fileName: 'licences.md' },
      reportCompressedSize: false,
      chunkSizeWarningLimit: 2_000,
    },
  })
}

function compress(file: string): void {
  const bytes = readFileSync(file)
  if (!compressed.test(file) || bytes.length < compressedBytesMin) return
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }))
  writeFileSync(`${file}.br`, brotliCompressSync(bytes))
}

function sources(): readonly string[] {
  const entries = readdirSync(path.dirname(dashboardFolder), { withFileTypes: true })
  // What others build there comes and goes while this one reads, and is no source.
  const own = entries
    .filter(({ name }) => !name.startsWith(path.basename(dashboardFolder)))
    .flatMap((entry) => {
      const at = path.join(entry.parentPath, entry.name)
      return entry.isDirectory() ? filesIn(at) : [at]
    })
  const client = filesIn(path.join(root, 'orchestrator', 'client'))
  return [...own, ...client, path.join(root, 'package-lock.json'), import.meta.filename]
}

function stampOf(files: readonly string[]): string {
  const hash = createHash('sha256')
  for (const file of [...files].sort()) {
    hash.update(path.relative(root, file)).update('\0').update(readFileSync(file)).update('\0')
  }
  return hash.digest('hex')
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
}
