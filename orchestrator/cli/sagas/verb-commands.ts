// What a person tells sagas: `sagaline retry`, `skip`, `cancel`, `pause`, `resume`, `abandon`,
// `terminate`. By ids at once; for all that a filter finds as a bulk job, dry unless `--yes`.
import type { Api, Client } from '../../client/index.ts'
import {
  type Call,
  type Command,
  type ExitCode,
  exitCodes,
  type Flag,
  flagText,
  isFlagSet,
  readJson,
  type Terminal,
  tell,
  usage,
} from '../command.ts'
import { byFlags, connect, readBy, restFlags } from '../connection.ts'
import { type Cell, statusColour, tableText, valueText } from '../paint.ts'
import { bulkFlags, isFiltered, tellMany } from './bulk.ts'
import { filterFlags, readFilter } from './filter-flags.ts'

type Verb = Api['create-bulk-job']['ask']['body']['verb']
type Possible = NonNullable<Api['list-verbs']['answer']['items']>[number]

/** Ids in one call. */
const idsMax = 1_000

const summaries: Readonly<Record<Verb, string>> = {
  retry: 'Sends the commands that stuck sagas are parked at again.',
  skip: 'Goes past a parked step, by what you say of its effect.',
  cancel: 'Turns sagas back before their point of no return: what was done is undone.',
  pause: 'Holds sagas: nothing is sent, no timer fires, and what comes is kept.',
  resume: 'Lets paused sagas go on, with everything that came meanwhile.',
  abandon: 'Gives stuck sagas up: nothing more is sent, effects that stay are flagged.',
  terminate: 'Ends sagas at once: nothing is undone, nothing more is sent.',
}

const skipFlags: Readonly<Record<string, Flag>> = {
  step: { value: 'STEP', help: 'Which step to go past.' },
  visit: { value: 'NUMBER', help: 'Which visit of it; the parked one unless given.' },
  effect: {
    value: 'EFFECT',
    choices: ['done', 'none'],
    help: 'done: what the step should do was done; none: it was not.',
  },
  output: { value: 'JSON', help: 'With done: what the step would have replied.' },
}

export const verbCommands: readonly Command[] = (Object.keys(summaries) as Verb[]).map((verb) => ({
  name: verb,
  summary: summaries[verb],
  takes: '[<id>…]',
  wordsMax: idsMax,
  choices: 'ids',
  flags: {
    ...(verb === 'skip' && skipFlags),
    ...byFlags,
    'dry-run': { value: null, help: 'Only tells what would follow.' },
    ...filterFlags,
    ...bulkFlags,
    ...restFlags,
  },
  examples: examplesOf(verb),
  run: (call, terminal) => (call.words.length > 0 ? tellEach : tellAll)(verb, call, terminal),
}))

function examplesOf(verb: Verb): readonly string[] {
  const words = verb === 'skip' ? 'skip --step takePayment --effect done' : verb
  const status = verb === 'resume' ? 'paused' : verb === 'pause' ? 'running' : 'stuck'
  const many = `sagaline ${words} --status ${status} --name place-order --reason "the bank is back"`
  return [
    `sagaline ${words} 0198c5a0-0000-7000-8000-000000000001 --reason "the bank is back"`,
    `sagaline ${words} 0198c5a0-0000-7000-8000-000000000001 --dry-run`,
    `${many}    # a dry run`,
    `${many} --yes --per-second 20`,
  ]
}

/**
 * One after the other; what one of them refuses keeps none of the others from it. With --json a line
 * for each, so that what was done is known when it ends halfway.
 */
async function tellEach(verb: Verb, call: Call, terminal: Terminal): Promise<ExitCode> {
  if (isFiltered(call)) throw usage('ids and a filter exclude each other')
  const client = connect(call, terminal)
  if (isFlagSet(call, 'dry-run')) return tellPossible(verb, call, terminal, client)
  const body = { ...readBy(call, terminal), ...(verb === 'skip' && readSkip(call)) }
  let failure: Error | null = null
  for (const saga of call.words) {
    const ask = { path: { saga }, body: body as Api['skip-saga']['ask']['body'] }
    try {
      const told = await client.call(`${verb}-saga`, ask)
      tell(call, terminal, told, () => sagaLine(told, terminal))
    } catch (error) {
      // The last of them is told by whoever called.
      if (failure !== null) terminal.err(failure.message)
      failure = error as Error
    }
  }
  if (failure !== null) throw failure
  return exitCodes.fine
}

function sagaLine(saga: Api['get-saga']['answer'], { screen }: Terminal): string {
  const status: Cell = { text: saga.status, colour: statusColour(saga.status) }
  return tableText([], [[saga.id, `${saga.name}@${saga.version}`, status]], screen)
}

type Skip = {
  readonly step: string
  readonly effect: 'done' | 'none'
  readonly visit?: number
  readonly output?: unknown
}

/** @throws CLI_USAGE */
function readSkip(call: Call): Skip {
  const [step, effect] = [flagText(call, 'step'), flagText(call, 'effect')]
  if (step === null || (effect !== 'done' && effect !== 'none')) {
    throw usage('--step and --effect done or none must say what is skipped')
  }
  const [visit, output] = [flagText(call, 'visit'), flagText(call, 'output')]
  if (visit !== null && !/^[1-9]\d{0,5}$/.test(visit)) throw usage('--visit must be a number')
  return {
    ...{ step, effect },
    ...(visit !== null && { visit: Number(visit) }),
    ...(output !== null && { output: readJson(output, '--output') }),
  }
}

async function tellPossible(
  verb: Verb,
  call: Call,
  terminal: Terminal,
  client: Client,
): Promise<ExitCode> {
  const found: { readonly saga: string; readonly verbs: readonly Possible[] }[] = []
  for (const saga of call.words) {
    const { items } = await client.call('list-verbs', { path: { saga } })
    const [step, effect] = [flagText(call, 'step'), flagText(call, 'effect')]
    const verbs = (items ?? [])
      .filter((possible) => possible.verb === verb)
      .filter((possible) => step === null || possible.step === null || possible.step === step)
      .filter(
        (possible) => effect === null || possible.effect === null || possible.effect === effect,
      )
    found.push({ saga, verbs })
  }
  tell(call, terminal, { items: found }, () => {
    const rows = found.flatMap(({ saga, verbs }) => verbs.map((one) => possibleRow(saga, one)))
    return tableText(['ID', 'OUTCOME', 'STATUS', 'SENDS, OR WHY NOT'], rows, terminal.screen)
  })
  return exitCodes.fine
}

function possibleRow(saga: string, possible: Possible): readonly Cell[] {
  const { step, effect, outcome, status, commands, refusal, needsOutput } = possible
  const skipped = step === null ? '' : `${step} ${effect}: `
  const follows = needsOutput ? 'depends on the output' : commands?.join(', ') || 'nothing'
  return [
    saga,
    { text: outcome, colour: statusColour(outcome) },
    outcome === 'refused' ? '-' : (status ?? '?'),
    `${skipped}${refusal === null ? follows : valueText(refusal.detail)}`,
  ]
}

function tellAll(verb: Verb, call: Call, terminal: Terminal): Promise<ExitCode> {
  if (!isFiltered(call)) throw usage('ids, or a filter such as --status, must say which sagas')
  const filter = readFilter(call, terminal.clock.now())
  const skipped = verb === 'skip' ? readSkip(call) : null
  if (skipped !== null && ('visit' in skipped || 'output' in skipped)) {
    throw usage('--visit and --output are for a skip by id')
  }
  return tellMany({ verb, filter, skipped }, call, terminal)
}
