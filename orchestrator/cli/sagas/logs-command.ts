// `sagaline logs`: what all services logged about a saga.
import type { Api, Client } from '../../client/index.ts'
import { type Command, exitCodes, isFlagSet, type Terminal, usage } from '../command.ts'
import { connect, restFlags, urlOf } from '../connection.ts'
import { cliError } from '../errors.ts'
import { type Colour, paintFor, plain } from '../paint.ts'

type Line = Api['list-saga-logs']['answer']['items'][number]

/** Between two looks, and how much of the past each one sees again: lines come late, out of order. */
const lookMs = 1_000
const overlapMs = 10_000

export const logsCommand: Command = {
  name: 'logs',
  summary: 'Shows what all services logged about a saga, and with --follow what they still do.',
  takes: '<id>',
  wordsMax: 1,
  choices: 'ids',
  flags: {
    follow: { value: null, help: 'Goes on until Ctrl-C.' },
    ...restFlags,
  },
  examples: [
    'sagaline logs 0198c5a0-0000-7000-8000-000000000001',
    'sagaline logs 0198c5a0-0000-7000-8000-000000000001 --follow --json | jq .message',
  ],
  run: async (call, terminal) => {
    const saga = call.words[0] ?? ''
    if (saga === '') throw usage('the id of a saga is missing')
    const client = connect(call, terminal)
    const show = (line: Line) =>
      terminal.out(isFlagSet(call, 'json') ? JSON.stringify(line) : lineText(line, terminal))
    const isFollowed = isFlagSet(call, 'follow')
    const signal = isFollowed ? terminal.interrupted() : new AbortController().signal
    const shown = new Set<string>()
    do {
      const lines = await newLines(client, saga, shown)
      if (lines === null) throw cliError('LOGS_NOT_KEPT', { url: urlOf(call, terminal) })
      for (const line of lines) show(line)
      if (isFollowed) await terminal.clock.wait(lookMs, signal)
    } while (isFollowed && !signal.aborted)
    if (shown.size === 0) terminal.err('nothing was logged about it that is kept')
    return exitCodes.fine
  },
}

/** Those not shown yet, of at most a thousand of a saga; null where nobody keeps any. */
async function newLines(
  client: Client,
  saga: string,
  shown: Set<string>,
): Promise<readonly Line[] | null> {
  const newest = Math.max(...[...shown].map((id) => Number.parseInt(id, 10)))
  const since = shown.size === 0 ? {} : { since: new Date(newest - overlapMs).toISOString() }
  const lines: Line[] = []
  let cursor: string | null = null
  do {
    const query = { ...since, ...(cursor !== null && { cursor }) }
    const page: Api['list-saga-logs']['answer'] = await client.call('list-saga-logs', {
      path: { saga },
      query,
    })
    if (!page.isCollected) return null
    lines.push(...page.items.filter(({ id }) => !shown.has(id)))
    cursor = page.nextCursor
  } while (cursor !== null)
  for (const { id } of lines) shown.add(id)
  return lines
}

const colours: Readonly<Record<Line['level'], Colour>> = {
  debug: 'dim',
  info: 'cyan',
  warn: 'yellow',
  error: 'red',
}

function lineText(line: Line, { screen }: Terminal): string {
  const paint = paintFor(screen)
  const { at, level, service, step, message, error } = line
  const trouble = error === null ? null : [error.code, error.message].filter(Boolean).join(': ')
  const rest = [step, message, trouble].flatMap((part) => (part === null ? [] : [plain(part)]))
  const shown = paint(colours[level], level.padEnd(5))
  return `${paint('dim', at.slice(11, 23))}  ${shown}  ${paint('bold', plain(service))}  ${rest.join('  ')}`
}
