// How the command line looks: colours and bars on a terminal only, tables, times, and texts of others
// that cannot steer the terminal; what is meant by a mistyped word, and what a shell completes.
import { expect, it } from 'vitest'
import { realClock } from '../../messaging/clock.ts'
import { commandGroups } from '../../orchestrator/cli/commands.ts'
import { complete } from '../../orchestrator/cli/completion/complete.ts'
import { logLine } from '../../orchestrator/cli/dev/log-line.ts'
import { nearest } from '../../orchestrator/cli/nearest.ts'
import { plain, tableText } from '../../orchestrator/cli/paint.ts'
import { startProgress } from '../../orchestrator/cli/progress.ts'
import { ageMs, durationText } from '../../orchestrator/cli/times.ts'
import { callCli } from './call-cli.ts'

const commands = commandGroups.flatMap((group) => group.commands)
const pipe = { isColoured: false, columns: Number.POSITIVE_INFINITY, redraw: null }

it('what others wrote cannot move the cursor or turn the text around', () => {
  expect(plain('a\x1b[2Jb\nc\u202ed\x07')).toBe('a [2Jb c d ')
})

it('tables are coloured and cut on a terminal, and whole in a pipe', () => {
  const rows = [['a-long-cell', { text: 'stuck', colour: 'red' } as const, 'x'.repeat(50)]]
  const head = ['ONE', 'TWO', 'THREE']
  const whole = tableText(head, rows, pipe)
  expect(whole.split('\n')).toEqual([
    'ONE          TWO    THREE',
    `a-long-cell  stuck  ${'x'.repeat(50)}`,
  ])
  const seen = tableText(head, rows, { isColoured: true, columns: 40 })
  expect(seen).toContain('\x1b[31mstuck\x1b[39m')
  expect(seen).toContain(`${'x'.repeat(19)}…`)
})

it.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [1_500, '1.5 s'],
  [61_000, '1 min 1 s'],
  [3_600_000, '1 h'],
  [90_000_000, '1 d 1 h'],
])('%d ms reads %s', (ms, text) => {
  expect(durationText(ms)).toBe(text)
})

it('ages are read as they are written', () => {
  expect(['90s', '15m', '2h', '3d', 'soon', ''].map(ageMs)).toEqual([
    ...[90_000, 900_000, 7_200_000, 259_200_000, null, null],
  ])
})

it('progress is a bar that is drawn over itself on a terminal, and lines elsewhere', () => {
  let now = 0
  const clock = { ...realClock, monotonicMs: () => now }
  const told: string[] = []
  const show = (redraw: ((line: string) => void) | null) => {
    told.length = 0
    now = 0
    const screen = { ...pipe, redraw }
    const terminal = { clock, screen, err: (line: string) => void told.push(line) }
    const progress = startProgress('told', terminal as never)
    for (const at of [0, 50, 1_000, 2_500]) {
      now = at
      progress.tell(at === 2_500 ? 4 : 1, 4, '1 refused')
    }
    progress.end()
    return [...told]
  }
  expect(show(null)).toEqual(['told 4 of 4 (100 %), 1 refused'])
  const drawn = show((line) => void told.push(line))
  expect(drawn).toEqual([
    `${'█'.repeat(6)}${'░'.repeat(18)} told 1 of 4 (25 %), 1 refused`,
    `${'█'.repeat(6)}${'░'.repeat(18)} told 1 of 4 (25 %), 1 refused`,
    `${'█'.repeat(24)} told 4 of 4 (100 %), 1 refused`,
    '',
  ])
})

it('knows what a mistyped word meant', async () => {
  const known = ['retry', 'list', 'dlq list', 'pause']
  expect(['rerty', 'lst', 'dlq lsit', 'xyzzy'].map((word) => nearest(word, known))).toEqual([
    ...['retry', 'list', 'dlq list', null],
  ])
  expect((await callCli(['rerty'])).err).toContain("did you mean 'retry'?")
})

const completed = async (...words: readonly string[]) => {
  const terminal = { ...pipe, config: () => ({ url: 'http://127.0.0.1:1', apiKey: '' }) }
  return complete(words, commands, terminal as never)
}

it('completes commands, flags and what flags can be', async () => {
  expect(await completed('dl')).toEqual(['dlq'])
  expect(await completed('dlq', '')).toEqual(['discard', 'edit', 'list', 'replay', 'show'])
  expect(await completed('list', '--at')).toEqual(['--at-step', '--attribute'])
  expect(await completed('list', '--status', 'comp')).toEqual([
    ...['compensated', 'compensating', 'completed'],
  ])
  expect(await completed('completion', '')).toEqual(['bash', 'fish', 'zsh'])
  expect(await completed('skip', '--effect', '')).toEqual(['done', 'none'])
})

it('completes nothing, and says nothing, where no orchestrator answers', async () => {
  expect(await completed('start', '')).toEqual([])
})

it('every command has an example of its own, and no flag twice', () => {
  for (const { name, examples } of commands) {
    expect(examples.filter((example) => example.includes(`sagaline ${name}`))).not.toEqual([])
  }
  expect(new Set(commands.map(({ name }) => name)).size).toBe(commands.length)
})

it('a line of the log reads like a sentence, and what is none is left', () => {
  const time = Date.parse('2026-05-01T10:20:30.456Z')
  const line = JSON.stringify({
    level: 40,
    time,
    pid: 1,
    msg: 'definitions.missing',
    missing: 'a@1',
  })
  expect(logLine(line, pipe)).toBe('10:20:30.456 warn  definitions.missing {"missing":"a@1"}')
  expect(logLine('no JSON', pipe)).toBe('no JSON')
})
