// `sagaline show`: one saga whole, as it stands at this moment: what happened to it and when, what
// it waits for, and what a person could do.
import type { Api } from '../../client/index.ts'
import { type Command, exitCodes, type Screen, type Terminal, tell, usage } from '../command.ts'
import { connect, restFlags } from '../connection.ts'
import { type Cell, paintFor, statusColour, tableText, valueText } from '../paint.ts'
import { durationText } from '../times.ts'
import { barsText, stepsText, timelineText } from './timeline.ts'

type Saga = Api['get-saga']['answer']
type Verbs = Api['list-verbs']['answer']
type Trouble = NonNullable<Saga['stuck']>

export const showCommand: Command = {
  name: 'show',
  summary: 'Shows one saga: its timeline, what it waits for, and what can be done with it.',
  takes: '<id>',
  wordsMax: 1,
  choices: 'ids',
  flags: restFlags,
  examples: [
    'sagaline show 0198c5a0-0000-7000-8000-000000000001',
    'sagaline show 0198c5a0-0000-7000-8000-000000000001 --json | jq .saga.status',
  ],
  run: async (call, terminal) => {
    const path = { saga: call.words[0] ?? '' }
    if (path.saga === '') throw usage('the id of a saga is missing')
    const client = connect(call, terminal)
    const saga = await client.call('get-saga', { path })
    const [{ items: history }, { items: verbs }] = await Promise.all([
      client.call('get-saga-history', { path }),
      client.call('list-verbs', { path }),
    ])
    tell(call, terminal, { saga, history, verbs }, () => {
      const { screen } = terminal
      const now = Math.max(Date.parse(saga.updatedAt), terminal.clock.now().getTime())
      return [
        headText(saga, terminal),
        barsText(history, now, screen),
        timelineText(history, screen),
        saga.endedAt === null ? stepsText(saga, screen) : '',
        verbsText(verbs, screen),
      ]
        .filter((text) => text !== '')
        .join('\n\n')
    })
    return exitCodes.fine
  },
}

/** What is known of it in a few lines. */
export function headText(saga: Saga, { screen, clock }: Terminal): string {
  const paint = paintFor(screen)
  const until = saga.endedAt === null ? clock.now().getTime() : Date.parse(saga.endedAt)
  const took = durationText(until - Date.parse(saga.startedAt))
  const attributes = Object.entries(saga.attributes).map(([name, value]) => `${name}:${value}`)
  const rows: readonly (readonly [string, string])[] = [
    ['started', `${saga.startedAt}, ${took}${saga.endedAt === null ? ' ago' : ' to its end'}`],
    ['key', saga.businessKey ?? ''],
    ['correlation', saga.correlationId ?? ''],
    ['parent', saga.parentId ?? ''],
    ['attributes', attributes.join(' ')],
    ['state', valueText(saga.state)],
    ['locks', saga.locks.join(' ')],
    ['next timer', saga.endedAt === null ? (saga.nextTimerAt ?? '') : ''],
    ['deadline', saga.endedAt === null ? (saga.deadlineAt ?? '') : ''],
    ['waits for', (saga.waitsFor ?? []).map(waitText).join('; ')],
    ['turned back', troubleText(saga.failure)],
    ['stuck', troubleText(saga.stuck)],
    ['paused', saga.pause === null ? '' : pauseText(saga.pause)],
    ['flags', saga.flags.map(troubleText).join('; ')],
    ['output', valueText(saga.output)],
  ]
  const shown = rows.filter(([, text]) => text !== '')
  const status = paint(statusColour(saga.status), saga.status)
  const title = `${paint('bold', `${saga.name}@${saga.version}`)} ${saga.id}  ${status}`
  const lines = shown.map(([name, text]): readonly Cell[] => [
    { text: name, colour: 'dim' },
    valueText(text),
  ])
  return `${title}\n${tableText([], lines, screen)}`
}

function waitText({ signal, by, needsActor, dueAt }: NonNullable<Saga['waitsFor']>[number]) {
  const who = by ?? (needsActor ? 'a person' : null)
  const from = who === null ? '' : ` from ${who}`
  return `${signal}${from}${dueAt === null ? '' : ` until ${dueAt}`}`
}

function troubleText(trouble: Trouble | null): string {
  if (trouble === null) return ''
  const { step, direction, reason } = trouble
  const place = step === null ? '' : `${direction === 'undo' ? 'undo of ' : ''}${step}: `
  return `${place}${valueText(reason)}`
}

function pauseText({ actor, reason, since }: NonNullable<Saga['pause']>): string {
  return `by ${actor} since ${since}: ${reason}`
}

/** Only those that would act. */
function verbsText(verbs: Verbs['items'], screen: Screen): string {
  const acting = (verbs ?? []).filter(({ outcome }) => outcome === 'acts')
  if (acting.length === 0) return ''
  const rows = acting.map(({ verb, step, effect, does, status, commands }): readonly Cell[] => {
    const words = step === null ? verb : `${verb} --step ${step} --effect ${effect}`
    const sends = commands?.length ? `sends ${commands.join(', ')}` : 'sends nothing'
    return [words, status === null ? '' : `→ ${status}, ${sends}`, does]
  })
  const title = paintFor(screen)('dim', 'What can be done with it:')
  return `${title}\n${tableText([], rows, screen)}`
}
