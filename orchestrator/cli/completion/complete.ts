// What can come next on a command line, for the shell: commands, flags, their values, names and ids
// that the orchestrator has. It is quick, and silent about everything that goes wrong.
import type { Command, Flag, Terminal } from '../command.ts'
import { connect } from '../connection.ts'
import { commonFlags } from '../help.ts'

/** All words that begin with the last one, which may be empty. */
export async function complete(
  words: readonly string[],
  commands: readonly Command[],
  terminal: Terminal,
): Promise<readonly string[]> {
  const begun = words.at(-1) ?? ''
  const found = await candidates(words.slice(0, -1), begun, commands, terminal)
  return [...new Set(found)].filter((word) => word.startsWith(begun)).sort()
}

async function candidates(
  before: readonly string[],
  begun: string,
  commands: readonly Command[],
  terminal: Terminal,
): Promise<readonly string[]> {
  const command = commandOf(before, commands)
  const names = nextWords(before, commands)
  if (command === null) return names
  const flags = { ...command.flags, ...commonFlags }
  const last = before.at(-1) ?? ''
  const asked = last.startsWith('--') ? flags[last.slice(2)] : undefined
  if (asked !== undefined && asked.value !== null) return valuesOf(asked, last, terminal)
  if (begun.startsWith('-')) return Object.keys(flags).map((name) => `--${name}`)
  const place = placeOf(before.slice(command.name.split(' ').length), flags)
  return [...names, ...(await wordsOf(command, place, terminal))]
}

/** The longest name that the words begin with. */
function commandOf(words: readonly string[], commands: readonly Command[]): Command | null {
  const fits = ({ name }: Command) => name.split(' ').every((word, at) => word === words[at])
  return commands.filter(fits).sort((a, b) => b.name.length - a.name.length)[0] ?? null
}

/** Of names of several words, those that go on from here. */
function nextWords(before: readonly string[], commands: readonly Command[]): readonly string[] {
  const begun = before.map((word) => `${word} `).join('')
  return commands.flatMap(({ name }) =>
    name.startsWith(begun) ? (name.slice(begun.length).split(' ')[0] ?? []) : [],
  )
}

/** How many words that are no flags stand before. */
function placeOf(words: readonly string[], flags: Readonly<Record<string, Flag>>): number {
  return words.filter((word, at) => {
    const last = words[at - 1] ?? ''
    const isValue = last.startsWith('--') && (flags[last.slice(2)]?.value ?? null) !== null
    return !word.startsWith('-') && !isValue
  }).length
}

async function valuesOf(flag: Flag, name: string, terminal: Terminal): Promise<readonly string[]> {
  if (flag.choices !== undefined) return flag.choices
  return flag.value === 'SAGA' || name === '--saga' ? askNames(terminal) : []
}

async function wordsOf(
  { choices }: Command,
  place: number,
  terminal: Terminal,
): Promise<readonly string[]> {
  if (choices === undefined) return []
  if (choices === 'names') return place === 0 ? askNames(terminal) : []
  return choices === 'ids' ? askIds(terminal) : (choices[place] ?? [])
}

const nothing = { flags: {}, words: [] }

/** A shell waits for it. */
const answerMsMax = 1_500
const idsMax = 50

async function askNames(terminal: Terminal): Promise<readonly string[]> {
  const signal = AbortSignal.timeout(answerMsMax)
  const asked = connect(nothing, terminal).call('list-definitions', { signal })
  return asked.then(
    ({ items }) => items.map(({ name }) => name),
    () => [],
  )
}

/** Of those that a person must look at; any other is known from somewhere. */
async function askIds(terminal: Terminal): Promise<readonly string[]> {
  const signal = AbortSignal.timeout(answerMsMax)
  const query = { status: ['stuck', 'paused', 'running'] as const, limit: idsMax }
  const asked = connect(nothing, terminal).call('list-sagas', { query, signal })
  return asked.then(
    ({ items }) => items.map(({ id }) => id),
    () => [],
  )
}
