// A verb for all sagas that a filter finds: a dry run first, then a bulk job whose progress is
// followed. The job goes on by itself; whoever leaves can come back to it by its id.
import type { Api, Client } from '../../client/index.ts'
import {
  type Call,
  type ExitCode,
  exitCodes,
  type Flag,
  flagText,
  isFlagSet,
  readCount,
  type Terminal,
  tell,
} from '../command.ts'
import { connect, readBy } from '../connection.ts'
import { type Cell, statusColour, tableText, valueText } from '../paint.ts'
import { startProgress } from '../progress.ts'
import { filterFlags, type SagaFilter } from './filter-flags.ts'

type Order = Api['create-bulk-job']['ask']['body']
export type BulkProgress = Api['get-bulk-job']['answer']
type Preview = Extract<Api['create-bulk-job']['answer'], { readonly sample: unknown }>

export const bulkFlags: Readonly<Record<string, Flag>> = {
  yes: { value: null, help: 'With a filter: does it. Else it is a dry run.' },
  'per-second': { value: 'COUNT', help: 'With a filter: sagas told in a second, at the most.' },
  'no-wait': { value: null, help: 'With a filter: leaves the job to itself at once.' },
}

export function isFiltered(call: Call): boolean {
  return Object.keys(filterFlags).some((flag) => call.flags[flag] !== undefined)
}

export type ManyOrder = {
  readonly verb: Order['verb']
  readonly filter: SagaFilter
  readonly skipped: { readonly step: string; readonly effect: 'done' | 'none' } | null
}

export async function tellMany(
  { verb, filter, skipped }: ManyOrder,
  call: Call,
  terminal: Terminal,
): Promise<ExitCode> {
  const client = connect(call, terminal)
  const isDry = !isFlagSet(call, 'yes') || isFlagSet(call, 'dry-run')
  const pace = flagText(call, 'per-second') === null ? {} : { perSecond: readPace(call) }
  const by = isDry ? { actor: 'nobody', reason: 'a dry run' } : readBy(call, terminal)
  const order = { verb, filter, ...skipped, ...by, ...pace }
  if (isDry) {
    const preview = await client.call('create-bulk-job', { body: { ...order, dryRun: true } })
    tell(call, terminal, preview, () => previewText(preview as Preview, terminal))
    return exitCodes.fine
  }
  // A repeat of the request, should its answer be lost, makes no second job.
  const job = await client.call('create-bulk-job', {
    headers: { 'idempotency-key': terminal.clock.newId() },
    body: { ...order, dryRun: false },
  })
  const { id } = job as BulkProgress
  if (isFlagSet(call, 'no-wait')) {
    tell(call, terminal, job, () => id)
    return exitCodes.fine
  }
  return followJob(id, client, call, terminal)
}

function readPace(call: Call): number {
  return readCount(call, 'per-second', { of: 1, max: 1_000 })
}

function previewText({ total, sample }: Preview, { screen }: Terminal): string {
  if (total === 0) return 'no saga fits'
  const rows = sample.map(({ sagaId, sagaName, outcome, refusal, commands }): readonly Cell[] => [
    sagaId,
    sagaName,
    { text: outcome, colour: statusColour(outcome) },
    refusal === null ? (commands?.join(', ') ?? '') : valueText(refusal.detail),
  ])
  const rest = total - sample.length
  const more = rest > 0 ? `\n… and ${rest} more` : ''
  const head = ['ID', 'SAGA', 'OUTCOME', 'SENDS, OR WHY NOT']
  return `${tableText(head, rows, screen)}${more}\n${total} sagas fit; nothing was done. --yes does it`
}

/** Between two looks at a job. */
const lookMs = 500

/** Until it has ended, or Ctrl-C, which leaves it running. 1 when it did not do all. */
export async function followJob(
  id: string,
  client: Client,
  call: Call,
  terminal: Terminal,
): Promise<ExitCode> {
  const stop = terminal.interrupted()
  const progress = startProgress('told', terminal)
  let job = await client.call('get-bulk-job', { path: { job: id } })
  while (job.endedAt === null && !stop.aborted) {
    const { done, failed } = told(job)
    progress.tell(done + failed, job.total, failed === 0 ? '' : `${failed} refused`)
    await terminal.clock.wait(lookMs, stop)
    job = await client.call('get-bulk-job', { path: { job: id } })
  }
  progress.end()
  tell(call, terminal, job, () => jobText(job, terminal))
  const { done } = told(job)
  if (job.endedAt === null) terminal.err(`it goes on: sagaline bulk watch ${id}`)
  else if (done < job.total) terminal.err(`why not all: sagaline bulk show ${id}`)
  return done === job.total || job.endedAt === null ? exitCodes.fine : exitCodes.refused
}

function told({ counts, total }: BulkProgress) {
  const { done = 0, open = 0, left = 0 } = counts
  return { done, failed: total - done - open - left }
}

export function jobText(job: BulkProgress, { screen }: Terminal): string {
  const { done, failed } = told(job)
  const outcomes = Object.entries(job.counts).map(([outcome, count]) => `${count} ${outcome}`)
  const rows: readonly (readonly Cell[])[] = [
    [{ text: 'job', colour: 'dim' }, `${job.id}  ${job.status}`],
    [
      { text: 'verb', colour: 'dim' },
      valueText(job.verb + (job.step === null ? '' : ` ${job.step}`)),
    ],
    [{ text: 'filter', colour: 'dim' }, valueText(job.filter)],
    [{ text: 'by', colour: 'dim' }, valueText(`${job.actor}: ${job.reason}`)],
    [
      { text: 'came to', colour: 'dim' },
      `${done + failed} of ${job.total}: ${outcomes.join(', ') || '-'}`,
    ],
  ]
  return tableText([], rows, screen)
}
