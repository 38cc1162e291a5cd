// The command line as people and scripts have it: the real binary in a pipe, on a terminal and in their
// shells, what Ctrl-C does, and one JSON document from every command.
import { execFile, spawnSync } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shopCommands } from '../../examples/faults/shop.ts'
import { realClock } from '../../messaging/clock.ts'
import { exitCodes } from '../../orchestrator/cli/command.ts'
import { commandGroups } from '../../orchestrator/cli/commands.ts'
import { readCliConfig } from '../../orchestrator/cli/config.ts'
import { answerFaultRequest, createFaults } from '../../participant/index.ts'
import { callCli } from '../cli/call-cli.ts'
import { binary, runBinary, startBinary } from '../cli/run-binary.ts'
import { awaitUntil } from '../system/await-until.ts'
import { type Placed, type StateWorld, startStateWorld } from './state-world.ts'

const definitions = path.join(import.meta.dirname, 'state-sagas.ts')
const by = { actor: 'ann', reason: 'why' }
const run = promisify(execFile)

let world: StateWorld
let env: Readonly<Record<string, string>>
let folder: string
let running: readonly Placed[]
let stuck: Placed

beforeAll(async () => {
  world = await startStateWorld()
  env = { SAGALINE_URL: world.url, SAGALINE_API_KEY: world.apiKey, SAGALINE_ACTOR: 'ann' }
  folder = await mkdtemp(path.join(tmpdir(), 'sagaline-shell-'))
  running = await world.place('running', 40)
  stuck = (await world.place('stuck', 1))[0] as Placed
  await awaitUntil('the read model has them', async () => {
    const { body } = await world.ask({ method: 'GET', path: '/saga-counts?name=unheard' })
    return (body['byStatus'] as { readonly running?: number }).running === running.length
  })
  // What shells call when they complete.
  const file = path.join(folder, 'sagaline')
  await writeFile(file, `#!/bin/sh\nexec "${process.execPath}" "${binary}" "$@"\n`)
  await chmod(file, 0o755)
})
afterAll(async () => {
  await world?.stop()
  await rm(folder, { recursive: true })
})

/** A job that takes as many seconds as it has sagas. */
async function slowJob(ids: readonly string[]): Promise<string> {
  const filter = { ids }
  const body = { ...by, verb: 'pause', filter, dryRun: false, perSecond: 1 }
  return String((await world.ask({ method: 'POST', path: '/bulk-jobs', body })).body['id'])
}

const jobAt = async (id: string) =>
  (await world.ask({ method: 'GET', path: `/bulk-jobs/${id}` })).body

describe('Ctrl-C', () => {
  it('leaves a job that is watched running; it can be watched again, and cancelled', async () => {
    const job = await slowJob(running.slice(0, 30).map(({ id }) => id))
    const watch = startBinary(['bulk', 'watch', job], { env })
    await awaitUntil('it tells how far it is', () => /told \d+ of 30/.test(watch.said.err))
    watch.child.kill('SIGINT')
    expect(await watch.ended).toBe(exitCodes.fine)
    expect(watch.said.out).toMatch(/came to +\d+ of 30/)
    expect(watch.said.err).toContain(`it goes on: sagaline bulk watch ${job}`)
    expect((await jobAt(job))['endedAt']).toBeNull()
    const cancelled = await runBinary(['bulk', 'cancel', job, '--reason', 'enough'], { env })
    expect(cancelled.code).toBe(exitCodes.fine)
    const ended = await runBinary(['bulk', 'watch', job], { env })
    expect(ended.code).toBe(exitCodes.refused)
    expect(ended.err).toContain(`why not all: sagaline bulk show ${job}`)
  })

  it('leaves the job of a verb running, too, and ends a tail', async () => {
    const one = running[30] as Placed
    const words = ['pause', '--name', 'unheard', '--status', 'running', '--reason', 'why', '--yes']
    const verb = startBinary([...words, '--per-second', '1', '--json'], { env })
    const tail = startBinary(['tail', one.id, '--json'], { env })
    await awaitUntil('both are under way', () => {
      return /told \d+ of/.test(verb.said.err) && tail.said.out.includes('"entry"')
    })
    verb.child.kill('SIGINT')
    tail.child.kill('SIGINT')
    expect([await verb.ended, await tail.ended]).toEqual([exitCodes.fine, exitCodes.fine])
    const { id, endedAt } = JSON.parse(verb.said.out)
    expect(endedAt).toBeNull()
    expect((await jobAt(id))['endedAt']).toBeNull()
    for (const line of tail.said.out.trim().split('\n')) JSON.parse(line)
    await runBinary(['bulk', 'cancel', id, '--reason', 'enough'], { env })
  })
})

/** Two shells quote the same; the words have no quotes in them. */
const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(' ')

/** On a terminal of its own, as `script` makes one; both outputs together. */
async function onTerminal(words: readonly string[], more: object = {}): Promise<string> {
  const command = `${quoted([process.execPath, binary, ...words])}; stty size >/dev/null`
  const given = { ...process.env, NO_COLOR: undefined, CI: undefined, FORCE_COLOR: undefined }
  const terminal = { ...given, ...env, TERM: 'xterm-256color', COLORTERM: undefined, ...more }
  const { stdout } = await run('script', ['-qec', command, '/dev/null'], { env: terminal as never })
  return stdout
}

const control = '\x1b['

describe('colours and bars', () => {
  it('come on a terminal, and not in a pipe', async () => {
    const seen = await onTerminal(['show', stuck.id])
    expect(seen).toContain(`${control}31mstuck${control}39m`)
    const piped = await runBinary(['show', stuck.id], { env: { ...env, TERM: 'xterm-256color' } })
    expect(piped.out).toContain('stuck')
    expect(piped.out).not.toContain(control)
    expect(await onTerminal(['show', stuck.id], { NO_COLOR: '1' })).not.toContain(`${control}31m`)
  })

  it('show how far a job is, and go away at its end', async () => {
    const job = await slowJob(running.slice(32, 40).map(({ id }) => id))
    const [, ...drawn] = (await onTerminal(['bulk', 'watch', job])).split(`\r${control}2K`)
    expect(drawn.length).toBeGreaterThan(2)
    for (const line of drawn.slice(0, -1)) expect(line).toMatch(/^[█░]{24} told \d of 8 \(\d+ %\)/)
    // A terminal that does not know its width, as this one, cuts nothing.
    const [filter, end] = [/"ids":\[("[-0-9a-f]{36}",?){8}\]/, /came to.* 8 of 8: 8 done/]
    for (const text of [filter, end]) expect(drawn.at(-1)).toMatch(text)
    expect(drawn.at(-1)).not.toMatch(/[█░]/)
  })
})

const has = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0

describe('completion', () => {
  // Each asks its shell what it would offer behind `sagaline dlq l`, then for the id of a saga.
  const bash = (words: string, count: number) => `
source <(sagaline completion bash)
COMP_WORDS=(${words}) COMP_CWORD=${count}
_sagaline
printf '%s\\n' "\${COMPREPLY[@]}"`
  // zsh sets these two in its editor alone, and adds what is found by a builtin of it.
  const zsh = (words: string, count: number) => `
compdef() { true }
compadd() { shift; print -l -- "$@" }
source <(sagaline completion zsh)
words=(${words}) CURRENT=${count + 1}
_sagaline`
  const fish = (words: string) => `
sagaline completion fish | source
complete -C "${words}"`

  it.each([
    ['bash', bash],
    ['zsh', zsh],
    ['fish', fish],
  ] as const)('works in %s', async (shell, script) => {
    if (!has(shell)) {
      // The scripts of other shells cannot be run here; that they are printed is what is left.
      expect((await callCli(['completion', shell])).out).toContain('sagaline complete --')
      return
    }
    const PATH = `${folder}:${process.env['PATH']}`
    const offered = async (words: string, count: number) => {
      const given = { ...process.env, ...env, PATH, HOME: folder }
      const { stdout } = await run(shell, ['-c', script(words, count)], { env: given })
      return stdout.trim().split('\n')
    }
    expect(await offered('sagaline dlq l', 2)).toEqual(['list'])
    // Where an orchestrator is slow to answer, nothing is offered.
    await awaitUntil('the id is offered', async () => {
      const ids = await offered(`sagaline show ${stuck.id.slice(0, -1)}`, 2)
      return ids.length === 1 && ids[0] === stuck.id
    })
  })
})

describe('check --url', () => {
  it('compares the sagas of a file with those that run', async () => {
    const same = await runBinary(['check', definitions, '--url', world.url], { env })
    expect(same).toMatchObject({ code: exitCodes.fine, err: '' })
    const root = path.join(import.meta.dirname, '../..')
    const changed = `import { defineSaga, defineSignal } from '${root}/orchestrator/index.ts'
import { Type } from '${root}/node_modules/typebox/build/index.mjs'
const waitFor = defineSignal({ name: 'nudge', data: Type.Null() })
export const one = defineSaga({ name: 'unheard', version: 2, input: Type.Object({}),
  steps: [{ name: 'wait', waitFor, timeoutMs: 1000 }] })`
    await writeFile(path.join(folder, 'saga.ts'), changed)
    const other = await runBinary(['check', '--url', world.url, '--json'], { env, cwd: folder })
    expect(other.code).toBe(exitCodes.refused)
    const problem = expect.stringMatching(/unheard@2 runs there with another.*version 3/)
    expect(JSON.parse(other.out).problems).toEqual([{ file: 'saga.ts', problem }])
  })
})

it('the doctor warns of clocks that differ', async () => {
  const clock = { ...realClock, now: () => new Date(Date.now() + 5_000) }
  const words = ['doctor', '--database', world.databaseUrl, '--json']
  const { findings } = JSON.parse((await callCli(words, { clock })).out)
  const skew = findings.find(({ name }: { readonly name: string }) => name === 'clock')
  expect(skew).toMatchObject({
    verdict: 'warning',
    says: expect.stringMatching(/ are (4|5)\.\d s apart/),
  })
})

const commands = commandGroups.flatMap((group) => group.commands)

it.each(commands.map(({ name }) => name))('%s --help has an example', async (name) => {
  const { code, out } = await callCli([...name.split(' '), '--help'])
  expect(code).toBe(exitCodes.fine)
  expect(out).toMatch(new RegExp(`Examples[^]*sagaline ${name}\\b`))
})

describe('--json', () => {
  const [id, job] = ['<id>', '<job>']
  const rest = ['--reason', 'why']
  const database = ['--database', '<database>']
  const files = ['--definitions', definitions]
  const dlq = ['--reason', 'why', '--actor', 'ann']
  /** A call of each command; what takes its own time, or Kafka, is tested elsewhere. */
  const calls: Readonly<Record<string, readonly string[] | 'elsewhere'>> = {
    dev: 'elsewhere',
    migrate: 'elsewhere',
    tail: 'elsewhere',
    check: [definitions],
    diagram: ['asking', ...files],
    start: ['asking', '{"key":"json"}'],
    signal: ['nudge', '--saga', 'asking', '--key', 'json'],
    list: [],
    count: [],
    show: [id],
    retry: [id, '--dry-run'],
    skip: [id, '--step', 'one', '--effect', 'done', '--dry-run'],
    cancel: [id, '--dry-run'],
    pause: [id, ...rest],
    resume: [id, ...rest],
    abandon: ['--name', 'parked', '--status', 'stuck'],
    terminate: [id, '--dry-run'],
    'bulk list': [],
    'bulk show': [job],
    'bulk watch': [job],
    'bulk cancel': [job, ...rest],
    'migrate sagas': ['unheard', '--from', '2', '--to', '1'],
    doctor: [],
    audit: [...database, ...files],
    replay: [...database, ...files],
    retention: database,
    // Each of an archive that one run of it wrote.
    'archive list': 'elsewhere',
    'archive show': 'elsewhere',
    'archive verify': 'elsewhere',
    // Of sagas that are about somebody.
    erase: 'elsewhere',
    acls: files,
    certify: 'elsewhere',
    logs: 'elsewhere',
    'dlq list': database,
    'dlq show': ['1', ...database],
    'dlq edit': ['1', ...database, '--text', '{}', ...dlq],
    'dlq replay': ['1', ...database, ...dlq],
    'dlq discard': ['2', ...database, ...dlq],
    bench: ['undone', '{"key":"bench {n}"}', '--count', '3'],
    'fault set': ['shop.charge', 'throw', '--url', '<service>'],
    'fault list': ['--url', '<service>'],
    'fault clear': ['--url', '<service>'],
    completion: ['bash'],
    complete: ['--', 'dlq', ''],
  }
  const faults = createFaults(shopCommands([]))
  const service = createServer(async (request, response) => {
    const asked = { method: request.method ?? '', body: await text(request) }
    const { status, body } = answerFaultRequest(faults, asked)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  const places = new Map<string, string>()

  beforeAll(async () => {
    service.listen(0, '127.0.0.1')
    await awaitUntil('the service listens', () => service.listening)
    places.set('<service>', `http://127.0.0.1:${(service.address() as AddressInfo).port}`)
    places.set('<id>', stuck.id)
    places.set('<database>', world.databaseUrl)
    places.set('<job>', await slowJob([stuck.id]))
    for (const offset of [1, 2]) {
      await world.db.query(
        `insert into dead_letters (consumer, topic, partition, record_offset, recorded_at, value, headers, code, reason)
         values ('sagaline', 'sagaline.replies', 0, $1, now(), '\\x7b7d', '[]', 'REPLY_UNUSABLE', 'why')`,
        [offset],
      )
    }
  })
  afterAll(() => {
    service.close()
  })

  it('there is a call of every command', () => {
    expect(Object.keys(calls).toSorted()).toEqual(commands.map(({ name }) => name).toSorted())
  })

  it.each(Object.entries(calls).filter(([, words]) => words !== 'elsewhere'))(
    '%s',
    async (name, words) => {
      const given = [...words].map((word) => places.get(word) ?? word)
      // What stands behind -- is no flag.
      const own = [...name.split(' '), '--json', ...given]
      const config = () => ({
        ...readCliConfig(),
        url: world.url,
        apiKey: world.apiKey,
        actor: 'ann',
      })
      const { code, out, err } = await callCli(own, { config })
      expect([exitCodes.fine, exitCodes.refused], err).toContain(code)
      expect(out, err).not.toBe('')
      for (const line of out.split('\n')) expect(JSON.parse(line)).toBeTypeOf('object')
    },
  )
})
