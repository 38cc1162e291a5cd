/**
 * `node local/bootstrap.mjs SCRIPT [ARGUMENTS]`, what npm scripts call: installs the dependencies
 * where they are missing or out of date, then runs SCRIPT on the Node that is one of them, until it
 * ends or whoever started this has ended. Plain JavaScript without dependencies, because it runs
 * before any of that is there.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'

const root = path.join(import.meta.dirname ?? '', '..')
const lockFile = path.join(root, 'package-lock.json')
// npm's own record of what it has put into node_modules.
const installedFile = path.join(root, 'node_modules', '.package-lock.json')
const node = path.join(root, 'node_modules', '.bin', 'node')
// Of what Node has compiled, so that the next of many processes starts in half the time.
const compiled = path.join(root, 'node_modules', '.cache', 'sagaline-compiled')
// Read at once: during an install it may change unseen.
const parentId = process.ppid
const parentPollMs = 500

main(process.argv.slice(2))

function main(scriptAndArguments) {
  if (!isNewEnough(process.versions.node)) {
    fail(`Node ${process.versions.node} is too old: install Node 20.19 or newer.`)
  }
  if (scriptAndArguments.length === 0) fail('usage: node local/bootstrap.mjs SCRIPT [ARGUMENTS]')
  if (!isInstalled()) install()
  run(scriptAndArguments)
}

function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 20 || (major === 20 && minor >= 19)
}

/** Whether node_modules holds what the lock file asks for, as npm itself recorded it. */
function isInstalled() {
  if (!existsSync(installedFile) || !existsSync(node)) return false
  const wanted = packagesIn(lockFile)
  const installed = packagesIn(installedFile)
  return Object.entries(wanted).every(([place, entry]) => {
    const found = installed[place]
    // Optional ones are mostly builds for other systems.
    if (place === '' || (found === undefined && entry.optional)) return true
    return found?.version === entry.version && found?.integrity === entry.integrity
  })
}

function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {}
  } catch {
    // Half written by an npm that was interrupted; npm ci then says what is wrong with it.
    return {}
  }
}

function install() {
  const startedAt = performance.now()
  say('installing the dependencies with npm ci; the first time this takes up to a minute or two')
  const isWindows = process.platform === 'win32'
  const { error, status } = spawnSync(
    'npm',
    ['ci', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: root,
      // Output beside standard output, which belongs to SCRIPT.
      stdio: ['inherit', 2, 2],
      shell: isWindows,
    },
  )
  if (error) fail(`npm could not be run (${error.message}); it comes with Node.`)
  if (status !== 0) fail('npm ci failed; what it said is above.')
  if (!existsSync(node)) {
    fail('npm ci did not run the install scripts; run: npm rebuild --ignore-scripts=false')
  }
  say(`installed in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`)
}

function run(scriptAndArguments) {
  const env = { NODE_COMPILE_CACHE: compiled, ...process.env }
  const child = spawn(node, scriptAndArguments, { stdio: 'inherit', env })
  let isEnding = false
  const pass = (signal) => {
    isEnding = true
    // In a terminal Ctrl-C reaches the child by itself, and twice would mean "at once".
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  }
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT']) process.on(signal, pass)
  // An npm that gets SIGTERM ends with its shell, and neither passes the signal on to us.
  const watch = setInterval(() => {
    if (process.ppid !== parentId && !isEnding) pass('SIGTERM')
  }, parentPollMs)
  watch.unref()
  child.once('error', (error) => fail(`${node} could not be run: ${error.message}`))
  child.once('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

function say(line) {
  process.stderr.write(`sagaline: ${line}\n`)
}

function fail(line) {
  say(line)
  process.exit(1)
}
