// `sagaline migrate sagas`: lets living sagas go on with another version of their definition.
import type { Api } from '../../client/index.ts'
import {
  type Call,
  type Command,
  exitCodes,
  flagText,
  isFlagSet,
  type Terminal,
  usage,
} from '../command.ts'
import { byFlags, connect, readBy, restFlags } from '../connection.ts'
import { type Cell, tableText, valueText } from '../paint.ts'
import { startProgress } from '../progress.ts'

type Page = Api['migrate-sagas']['answer']
type Item = Page['items'][number]

export const migrateSagasCommand: Command = {
  name: 'migrate sagas',
  summary: 'Lets living sagas go on with another version of their definition.',
  takes: '<saga>',
  wordsMax: 1,
  choices: 'names',
  flags: {
    from: { value: 'VERSION', help: 'The version that they have.' },
    to: { value: 'VERSION', help: 'The version that they go on with.' },
    yes: { value: null, help: 'Does it. Else it is a dry run.' },
    ...byFlags,
    ...restFlags,
  },
  examples: [
    'sagaline migrate sagas place-order --from 1 --to 2    # a dry run',
    'sagaline migrate sagas place-order --from 1 --to 2 --reason "the new limits" --yes',
  ],
  run: async (call, terminal) => {
    const saga = call.words[0]
    if (saga === undefined) throw usage('the name of a saga is missing')
    const [from, to] = [readVersion(call, 'from'), readVersion(call, 'to')]
    const dryRun = !isFlagSet(call, 'yes')
    const by = dryRun ? { actor: 'nobody', reason: 'a dry run' } : readBy(call, terminal)
    const client = connect(call, terminal)
    const progress = startProgress(dryRun ? 'planned' : 'migrated', terminal)
    const items: Item[] = []
    let cursor: string | null = null
    do {
      const body = { from, to, ...by, dryRun, ...(cursor !== null && { cursor }) }
      const page: Page = await client.call('migrate-sagas', { path: { saga }, body })
      items.push(...page.items)
      cursor = page.nextCursor
      progress.tell(items.length, 0)
    } while (cursor !== null)
    progress.end()
    const staying = items.filter(({ verdict }) => verdict !== 'ok')
    const document = { dryRun, total: items.length, ok: items.length - staying.length, items }
    if (isFlagSet(call, 'json')) terminal.out(JSON.stringify(document))
    else terminal.out(migrationText(staying, document, terminal))
    return staying.length === 0 ? exitCodes.fine : exitCodes.refused
  },
}

/** @throws CLI_USAGE */
function readVersion(call: Call, flag: string): number {
  const text = flagText(call, flag) ?? ''
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw usage(`--${flag} must be a version, a whole number from 1`)
}

type Counts = { readonly dryRun: boolean; readonly total: number; readonly ok: number }

function migrationText(
  staying: readonly Item[],
  { dryRun, total, ok }: Counts,
  { screen }: Terminal,
): string {
  const rows = staying.map(({ id, status, verdict, reason }): readonly Cell[] => [
    id,
    status,
    { text: verdict, colour: 'red' },
    valueText(reason),
  ])
  const said = dryRun ? 'can go on with it; --yes does it' : 'go on with it'
  const lines =
    rows.length === 0 ? [] : [tableText(['ID', 'STATUS', 'VERDICT', 'WHY'], rows, screen)]
  return [...lines, `${ok} of ${total} sagas ${said}`].join('\n')
}
