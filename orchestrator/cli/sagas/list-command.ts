// `sagaline list` and `sagaline count`: which sagas there are.
import type { Api } from '../../client/index.ts'
import {
  type Call,
  type Command,
  exitCodes,
  flagText,
  isFlagSet,
  readCount,
  type Terminal,
  tell,
  usage,
} from '../command.ts'
import { connect, restFlags } from '../connection.ts'
import { cut, paintFor, plain, statusColour, tableText } from '../paint.ts'
import { durationText } from '../times.ts'
import { filterFlags, readFilter } from './filter-flags.ts'

type Page = Api['list-sagas']['answer']
type Found = Page['items'][number]
type Counts = Api['count-sagas']['answer']

const limits = { of: 50, max: 200 }

export const listCommand: Command = {
  name: 'list',
  summary: 'Lists sagas, newest first, by whatever is known of them.',
  takes: '',
  wordsMax: 0,
  flags: {
    ...filterFlags,
    limit: { value: 'COUNT', help: 'On one page; 50 unless given.' },
    cursor: { value: 'CURSOR', help: 'Goes on after the page that named it.' },
    all: { value: null, help: 'All pages; with --json a document a line.' },
    ids: { value: null, help: 'Only the ids, one a line, e.g. for xargs.' },
    ...restFlags,
  },
  examples: [
    'sagaline list --status stuck --status paused',
    'sagaline list --name place-order --since 2h --error "card declined"',
    'sagaline list --status stuck --ids --all | xargs sagaline retry --reason "it is mended"',
  ],
  run: async (call, terminal) => {
    const client = connect(call, terminal)
    const query = {
      ...readFilter(call, terminal.clock.now()),
      limit: readCount(call, 'limit', limits),
    }
    const [isAll, given] = [isFlagSet(call, 'all'), flagText(call, 'cursor')]
    if (isFlagSet(call, 'ids') && isFlagSet(call, 'json')) {
      throw usage('--ids and --json exclude each other')
    }
    let cursor = given
    do {
      const page: Page = await client.call('list-sagas', {
        query: { ...query, ...(cursor !== null && { cursor }) },
      })
      const isLast = !isAll || page.nextCursor === null
      show(call, terminal, page, cursor === given, isLast)
      cursor = page.nextCursor
    } while (isAll && cursor !== null)
    return exitCodes.fine
  },
}

function show(call: Call, terminal: Terminal, page: Page, isFirst: boolean, isLast: boolean): void {
  const { items, nextCursor, lagMs } = page
  if (isFlagSet(call, 'ids')) {
    if (items.length > 0) terminal.out(items.map(({ id }) => id).join('\n'))
    return
  }
  if (isFlagSet(call, 'json')) {
    terminal.out(JSON.stringify(page))
    return
  }
  if (items.length === 0 && isFirst) terminal.out('no sagas')
  else terminal.out(foundText(items, terminal, isFirst))
  if (!isLast) return
  if (nextCursor !== null) terminal.err(`more: --cursor ${nextCursor}`)
  tellLag(lagMs, terminal)
}

/** Below it nobody notices. */
const lagMsShown = 5_000

function tellLag(lagMs: number | null, { err }: Terminal): void {
  if (lagMs === null) err('nobody knows how far behind this list is: see sagaline doctor')
  else if (lagMs > lagMsShown) err(`this list is ${durationText(lagMs)} behind`)
}

function foundText(items: readonly Found[], terminal: Terminal, hasHead: boolean): string {
  const now = terminal.clock.now().getTime()
  const rows = items.map((saga) => [
    saga.id,
    `${saga.name}@${saga.version}`,
    { text: saga.status, colour: statusColour(saga.status) },
    durationText(now - Date.parse(saga.startedAt)),
    cut(plain(saga.businessKey ?? '-'), 40),
    plain([saga.stepsUnderWay.join(', ') || '-', saga.error].filter(Boolean).join(': ')),
  ])
  const head = ['ID', 'SAGA', 'STATUS', 'AGE', 'KEY', 'STEPS UNDER WAY, LAST ERROR']
  return tableText(hasHead ? head : [], rows, terminal.screen)
}

export const countCommand: Command = {
  name: 'count',
  summary: 'Counts sagas by name, version and status.',
  takes: '',
  wordsMax: 0,
  flags: { name: { value: 'SAGA', help: 'Only sagas of this name.' }, ...restFlags },
  examples: ['sagaline count', 'sagaline count --name place-order --json'],
  run: async (call, terminal) => {
    const name = flagText(call, 'name')
    const query = name === null ? {} : { name }
    const counts = await connect(call, terminal).call('count-sagas', { query })
    tell(call, terminal, counts, () => countsText(counts, terminal))
    if (!isFlagSet(call, 'json')) tellLag(counts.lagMs, terminal)
    return exitCodes.fine
  },
}

function countsText({ items, byStatus }: Counts, { screen, clock }: Terminal): string {
  if (items.length === 0) return 'no sagas'
  const now = clock.now().getTime()
  const rows = items.map(({ name, version, status, count, oldestStartedAt }) => [
    `${name}@${version}`,
    { text: status, colour: statusColour(status) },
    String(count),
    durationText(now - Date.parse(oldestStartedAt)),
  ])
  const all = Object.entries(byStatus).map(([status, count]) => `${count} ${status}`)
  const total = paintFor(screen)('bold', `in all: ${all.join(', ')}`)
  return `${tableText(['SAGA', 'STATUS', 'COUNT', 'OLDEST'], rows, screen)}\n${total}`
}
