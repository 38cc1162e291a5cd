// `sagaline bulk …`: jobs that tell a verb to many sagas: which there are, what became of each saga,
// how far one has come, and to stop one.
import type { Api } from '../../client/index.ts'
import { type Call, type Command, exitCodes, readCount, tell, usage } from '../command.ts'
import { byFlags, connect, readBy, restFlags } from '../connection.ts'
import { type Cell, statusColour, tableText, valueText } from '../paint.ts'
import { followJob, jobText } from './bulk.ts'

type Item = Api['list-bulk-items']['answer']['items'][number]

const limits = { of: 20, max: 200 }

const listCommand: Command = {
  name: 'bulk list',
  summary: 'Lists jobs that tell a verb to many sagas, newest first.',
  takes: '',
  wordsMax: 0,
  flags: { limit: { value: 'COUNT', help: 'How many; 20 unless given.' }, ...restFlags },
  examples: ['sagaline bulk list', 'sagaline bulk list --limit 100 --json'],
  run: async (call, terminal) => {
    const query = { limit: readCount(call, 'limit', limits) }
    const page = await connect(call, terminal).call('list-bulk-jobs', { query })
    tell(call, terminal, page, () => {
      if (page.items.length === 0) return 'no jobs'
      const rows = page.items.map((job): readonly Cell[] => [
        job.id,
        job.verb,
        { text: job.status, colour: statusColour(job.status) },
        String(job.total),
        job.createdAt,
        valueText(`${job.actor}: ${job.reason}`),
      ])
      return tableText(['ID', 'VERB', 'STATUS', 'SAGAS', 'MADE', 'BY'], rows, terminal.screen)
    })
    return exitCodes.fine
  },
}

/** Refused sagas that are shown; --json has them too. */
const itemsMax = 100

const showCommand: Command = {
  name: 'bulk show',
  summary: 'Shows how far a job has come, and which sagas refused it and why.',
  takes: '<job>',
  wordsMax: 1,
  flags: restFlags,
  examples: ['sagaline bulk show 0198c5a0-0000-7000-8000-000000000001'],
  run: async (call, terminal) => {
    const client = connect(call, terminal)
    const path = theJob(call)
    const query = { outcome: 'failed', limit: itemsMax }
    const [job, { items }] = await Promise.all([
      client.call('get-bulk-job', { path }),
      client.call('list-bulk-items', { path, query }),
    ])
    tell(call, terminal, { job, failed: items }, () => {
      const refused = items.length === 0 ? [] : [itemsText(items, terminal.screen)]
      return [jobText(job, terminal), ...refused].join('\n\n')
    })
    return exitCodes.fine
  },
}

function itemsText(items: readonly Item[], screen: Parameters<typeof tableText>[2]): string {
  const rows = items.map(({ sagaId, sagaName, outcome, detail }) => [
    sagaId,
    sagaName,
    outcome ?? '',
    valueText(detail),
  ])
  return tableText(['ID', 'SAGA', 'OUTCOME', 'WHY'], rows, screen)
}

const watchCommand: Command = {
  name: 'bulk watch',
  summary: 'Follows a job until it has ended; Ctrl-C leaves it running.',
  takes: '<job>',
  wordsMax: 1,
  flags: restFlags,
  examples: ['sagaline bulk watch 0198c5a0-0000-7000-8000-000000000001'],
  run: (call, terminal) => followJob(theJob(call).job, connect(call, terminal), call, terminal),
}

const cancelCommand: Command = {
  name: 'bulk cancel',
  summary: 'Stops a job: what it did stays, what is left is left.',
  takes: '<job>',
  wordsMax: 1,
  flags: { ...byFlags, ...restFlags },
  examples: ['sagaline bulk cancel 0198c5a0-0000-7000-8000-000000000001 --reason "too fast"'],
  run: async (call, terminal) => {
    const ask = { path: theJob(call), body: readBy(call, terminal) }
    const job = await connect(call, terminal).call('cancel-bulk-job', ask)
    tell(call, terminal, job, () => jobText(job, terminal))
    return exitCodes.fine
  },
}

export const bulkCommands: readonly Command[] = [
  listCommand,
  showCommand,
  watchCommand,
  cancelCommand,
]

/** @throws CLI_USAGE */
function theJob({ words: [job] }: Call): { readonly job: string } {
  if (job === undefined) throw usage('the id of a job is missing; sagaline bulk list has them')
  return { job }
}
