// `sagaline signal`: tells a saga what it waits for, by its id or by its business key.
import { type Command, exitCodes, flagText, readJson, tell, usage } from '../command.ts'
import { actorOf, byFlags, connect, restFlags } from '../connection.ts'

export const signalCommand: Command = {
  name: 'signal',
  summary: 'Sends a signal, or the answer of a person, to a saga.',
  takes: '<signal> [<data>]',
  wordsMax: 2,
  flags: {
    id: { value: 'ID', help: 'Of the saga.' },
    saga: { value: 'NAME', help: 'Instead of --id: the name of the saga, with --key.' },
    key: { value: 'KEY', help: 'With --saga: its business key.' },
    actor: { ...byFlags['actor'], value: 'NAME', help: 'Who answers; else your user name.' },
    'idempotency-key': {
      value: 'KEY',
      help: 'The same key is heard once; a new one unless given.',
    },
    ...restFlags,
  },
  examples: [
    'sagaline signal parcel-delivered --id 0198c5a0-0000-7000-8000-000000000001',
    `sagaline signal approve '{"approved":true}' --saga purchase --key PO-7 --actor ann`,
  ],
  run: async (call, terminal) => {
    const [signal, text] = call.words
    if (signal === undefined) throw usage('the name of a signal is missing')
    const [id, saga, businessKey] = ['id', 'saga', 'key'].map((flag) => flagText(call, flag))
    const body = {
      actor: actorOf(call, terminal),
      ...(text !== undefined && { data: readJson(text, 'the data') }),
    }
    const headers = {
      'idempotency-key': flagText(call, 'idempotency-key') ?? terminal.clock.newId(),
    }
    const client = connect(call, terminal)
    if ((id === null) === (saga === null)) throw usage('--id, or --saga with --key, must be given')
    if ((saga === null) !== (businessKey === null)) throw usage('--saga and --key go together')
    const result =
      id != null
        ? await client.call('send-signal', { path: { saga: id, signal }, headers, body })
        : await client.call('send-signal-by-key', {
            path: { signal },
            headers,
            body: { ...body, saga: saga ?? '', businessKey: businessKey ?? '' },
          })
    tell(call, terminal, result, () => `${result.sagaId}  ${result.outcome}`)
    return exitCodes.fine
  },
}
