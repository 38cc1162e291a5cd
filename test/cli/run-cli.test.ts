// The command line: which command runs with which flags, what help says, and how a call ends.
import { expect, it } from 'vitest'
import { messagingError } from '../../messaging/errors.ts'
import { type Call, type Command, exitCodes } from '../../orchestrator/cli/command.ts'
import { orchestratorError } from '../../orchestrator/errors.ts'
import { callCli } from './call-cli.ts'

type Run = (call: Call) => void

function command(name: string, run: Run = () => undefined): Command {
  return {
    name,
    summary: `Does ${name}.`,
    takes: '<id>',
    wordsMax: 1,
    flags: {
      url: { value: 'URL', help: 'Where.' },
      tag: { value: 'TAG', isRepeatable: true, help: 'Which.' },
      dry: { value: null, help: 'Changes nothing.' },
    },
    examples: [`sagaline ${name} 7 --dry`],
    run: async (call) => {
      run(call)
      return exitCodes.fine
    },
  }
}

const call = (words: readonly string[], ...commands: readonly Command[]) =>
  callCli(words, { commands })

it('runs the command with its flags and words', async () => {
  const calls: Call[] = []
  const mend = command('mend', (one) => void calls.push(one))
  const words = ['mend', '7', '--url', 'x:1', '--tag', 'a', '--tag=b', '--dry']
  expect(await call(words, mend)).toMatchObject({ code: 0 })
  const flags = { url: 'x:1', tag: ['a', 'b'], dry: true }
  expect(calls).toMatchObject([{ flags, words: ['7'] }])
})

it('a command of two words goes before one of the first of them', async () => {
  const ran: string[] = []
  const named = (name: string) => command(name, () => void ran.push(name))
  await call(['dlq', 'list'], named('dlq'), named('dlq list'))
  await call(['dlq', 'x'], named('dlq'), named('dlq list'))
  expect(ran).toEqual(['dlq list', 'dlq'])
})

it.each([
  ['a command that is not there', ['fly'], "no command 'fly'; there is mend"],
  ['a flag that is not there', ['mend', '--fly'], "Unknown option '--fly'; see sagaline mend"],
  ['a flag without its value', ['mend', '--url'], "Option '--url <value>' argument missing"],
  ['a word too many', ['mend', '7', '8'], "'8' is one word too many"],
])('%s is said and ends with 2', async (_, words, said) => {
  const { code, err } = await call(words, command('mend'))
  expect(code).toBe(exitCodes.usage)
  expect(err).toContain('CLI_USAGE')
  expect(err).toContain(said)
})

it('help names the commands, and help of one its flags and examples', async () => {
  const all = await call(['--help'], command('mend'), command('dlq list'))
  expect(all).toMatchObject({ code: 0 })
  expect(all.out).toMatch(/mend +Does mend\.\n +dlq list +Does dlq list\./)
  const one = await call(['dlq', 'list', '--help'], command('dlq list'))
  expect(one).toMatchObject({ code: 0 })
  for (const text of ['dlq list <id> [flags]', '--tag TAG …', '--json', 'dlq list 7 --dry']) {
    expect(one.out).toContain(text)
  }
})

it('without a word it tells what there is, and that this was no call', async () => {
  expect(await call([], command('mend'))).toMatchObject({ code: exitCodes.usage })
})

it.each([
  ['refused', orchestratorError('SAGA_NOT_FOUND', { id: 7 }), exitCodes.refused],
  ['out of reach', messagingError('BROKER_UNREACHABLE', { brokers: 'x' }), exitCodes.unreachable],
  ['configured wrongly', messagingError('CONFIG_INVALID', { count: 1 }), exitCodes.usage],
  ['broken', new Error('a bug'), exitCodes.unreachable],
])('a call that is %s ends with its code and says why', async (_, error, code) => {
  const failing = command('mend', () => {
    throw error
  })
  const ended = await call(['mend'], failing)
  expect(ended.code).toBe(code)
  expect(ended.err).toContain(error.message)
})
