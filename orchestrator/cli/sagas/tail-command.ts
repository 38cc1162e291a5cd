// `sagaline tail`: what happens, as it happens, of all sagas or of one. A connection that breaks is
// made again where it was, so that nothing is missed.
import type { Api, Client, StreamEvent } from '../../client/index.ts'
import {
  type Call,
  type Command,
  exitCodes,
  flagText,
  isFlagSet,
  type Terminal,
} from '../command.ts'
import { connect, restFlags } from '../connection.ts'
import { paintFor, statusColour } from '../paint.ts'
import { detailText, type Entry, factColour, factWords, stepText } from './fact-text.ts'

type Told = Entry & { readonly sagaId?: string; readonly name?: string }

/** A saga ends in one of these, and its stream has nothing more to tell. */
const ends = new Set<Api['get-saga']['answer']['status']>([
  ...(['completed', 'compensated', 'abandoned', 'terminated'] as const),
])

export const tailCommand: Command = {
  name: 'tail',
  summary: 'Follows what happens to all sagas, or to one from its beginning until its end.',
  takes: '[<id>]',
  wordsMax: 1,
  choices: 'ids',
  flags: {
    name: { value: 'SAGA', help: 'Only sagas of this name.' },
    after: { value: 'EVENT', help: 'Goes on after this event; --json shows the ids.' },
    ...restFlags,
  },
  examples: [
    'sagaline tail',
    'sagaline tail --name place-order --json | jq .data.status',
    'sagaline tail 0198c5a0-0000-7000-8000-000000000001',
  ],
  run: async (call, terminal) => {
    const client = connect(call, terminal)
    // Says at once that nobody is there, where the stream would wait for somebody to come.
    await client.call('is-live')
    const signal = terminal.interrupted()
    for await (const event of eventsOf(call, client, signal)) {
      if (event.type === 'ready' && (await isToldAll(call, client))) break
      if (isFlagSet(call, 'json')) terminal.out(JSON.stringify(event))
      else if (event.type === 'entry') terminal.out(entryText(event.data, terminal))
      else if (event.type === 'missed') terminal.err('some events are no longer kept')
      if (call.words.length > 0 && event.type === 'entry' && ends.has(event.data.status)) break
    }
    return exitCodes.fine
  },
}

/** A saga that has ended, and nothing more of it comes after `--after`: its stream would stay silent. */
async function isToldAll(call: Call, client: Client): Promise<boolean> {
  const [saga, after] = [call.words[0], flagText(call, 'after')]
  if (saga === undefined || after === null) return false
  const { status, revision } = await client.call('get-saga', { path: { saga } })
  return ends.has(status) && Number(after) >= revision
}

function eventsOf(
  call: Call,
  client: Client,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent<Told>, void, undefined> {
  const [saga, name, after] = [call.words[0], flagText(call, 'name'), flagText(call, 'after')]
  const ask = { signal, headers: after === null ? {} : { 'last-event-id': after } }
  if (saga !== undefined) return client.follow('follow-saga', { ...ask, path: { saga } })
  return client.follow('follow-events', { ...ask, query: name === null ? {} : { name } })
}

function entryText(entry: Told, { screen }: Terminal): string {
  const paint = paintFor(screen)
  const { at, status, sagaId, name, facts } = entry
  const time = paint('dim', at.slice(11, 23))
  const who = sagaId === undefined ? '' : `  ${sagaId}  ${paint('bold', name ?? '')}`
  const lines = facts.map((fact) => {
    const colour = factColour(fact)
    const words = factWords(fact)
    const text = colour === null ? words : paint(colour, words)
    const step = stepText(fact)
    return [step, text, detailText(fact)].filter((part) => part !== '').join(' ')
  })
  const what = lines.length === 0 ? [entry.type] : lines
  const shown = paint(statusColour(status), status.padEnd(12))
  return what.map((line) => `${time}${who}  ${shown}  ${line}`).join('\n')
}
