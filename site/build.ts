// `npm run docs`: builds the site of the documents, and fails on a link, an anchor or a picture that
// leads nowhere. `-- --serve` shows it afterwards, until Ctrl-C.
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { readPageList } from './page-list.ts'
import { stagePages } from './stage-pages.ts'

const site = import.meta.dirname
const pages = path.join(site, 'dist/pages')
const html = path.join(site, 'dist/html')

const args = process.argv.slice(2)
const isServed = args[0] === '--serve'
if (args.length > (isServed ? 1 : 0)) stop('usage: npm run docs [-- --serve]')

install()
for (const folder of [pages, html]) rmSync(folder, { recursive: true, force: true })
stagePages(readPageList(), pages)
run('node_modules/.bin/vitepress', 'build', 'dist/pages')
run(process.execPath, 'check-links.mjs', html)
console.log(`The site is in ${path.relative(process.cwd(), html)}.`)
if (isServed) run('node_modules/.bin/vitepress', 'preview', 'dist/pages')

/** The generator is no dependency of the product: it has a lock file and node_modules of its own. */
function install(): void {
  const installed = path.join(site, 'node_modules/.package-lock.json')
  const changedMs = (file: string) => statSync(file).mtimeMs
  const isThere = existsSync(installed)
  if (isThere && changedMs(installed) > changedMs(path.join(site, 'package-lock.json'))) return
  run('npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error')
}

function run(program: string, ...words: readonly string[]): void {
  const { status, error } = spawnSync(program, words, { cwd: site, stdio: 'inherit' })
  if (error !== undefined) stop(`${program} could not be run: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}

function stop(line: string): never {
  console.error(line)
  process.exit(1)
}
