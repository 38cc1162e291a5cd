// Records that are no commands, or not for this participant: each must leave everything as it is and
// let the next record through.
import { createHash } from 'node:crypto'
import type { OutgoingRecord } from '../../messaging/bus.ts'
import { messageBytesMax } from '../../messaging/envelope.ts'
import { type Command, toRecord, withHeaders } from './command-record.ts'

export type Spoil = {
  readonly name: string
  readonly says: string
  readonly make: (command: Command, topic: string) => OutgoingRecord
  /** Some can keep it, most cannot: nobody may stop at it. */
  readonly mayBeDone?: boolean
}

/** No text in UTF-8. */
const garbage = Buffer.from([0xff, 0xfe, 0x00, 0x80, 0xc3, 0x28, 0xa0, 0xa1])
/** About as large as a message may be. */
const hugeBytes = messageBytesMax - 4 * 1024
const depth = 2_000
/** More than programs read as a number. */
const digits = 5_000
/** More than an index of Postgres takes, also when it is compressed. */
const stepBytes = 16 * 1024
const longStep = Array.from({ length: stepBytes / 64 }, (_, index) =>
  createHash('sha256').update(String(index)).digest('hex'),
).join('')

const neededHeaders = ['ce_specversion', 'content-type', 'ce_id', 'ce_source', 'ce_type']
const commandHeaders = ['ce_sagaid', 'ce_step', 'ce_visit', 'ce_direction']

const valued = (name: string, says: string, value: Buffer | string | null): Spoil => ({
  name,
  says,
  make: (command, topic) => ({ ...toRecord(command, topic), value }),
})

const headed = (
  name: string,
  says: string,
  changes: Readonly<Record<string, string | Buffer | null>>,
): Spoil => ({
  name,
  says,
  make: (command, topic) => withHeaders(toRecord(command, topic), changes),
})

export const spoils: readonly Spoil[] = [
  valued('value-garbage', 'bytes that are no text', garbage),
  valued('value-no-json', 'text that is no JSON', '{"customer'),
  valued('value-none', 'no value', null),
  valued('value-empty', 'an empty value', ''),
  valued('value-deep', `JSON that nests ${depth} deep`, '['.repeat(depth) + ']'.repeat(depth)),
  valued('value-huge', `${hugeBytes} bytes`, `"${'x'.repeat(hugeBytes)}"`),
  {
    name: 'headers-none',
    says: 'no headers',
    make: (command, topic) => ({ ...toRecord(command, topic), headers: {} }),
  },
  {
    name: 'key-none',
    says: 'no headers and no key',
    make: (command, topic) => ({ ...toRecord(command, topic), headers: {}, key: null }),
  },
  ...[...neededHeaders, ...commandHeaders].map((name) =>
    headed(`${name}-none`, `without ${name}`, { [name]: null }),
  ),
  headed('header-empty', 'an empty ce_id', { ce_id: '' }),
  headed('header-garbage', 'a ce_step that is no text', { ce_step: garbage }),
  headed('specversion-other', 'ce_specversion 2.0', { ce_specversion: '2.0' }),
  headed('sagaid-other', 'a ce_sagaid that is no UUID', { ce_sagaid: "1' or '1'='1" }),
  headed('visit-other', 'a ce_visit that is no count', { ce_visit: 'twice' }),
  headed('visit-long', `a ce_visit of ${digits} digits`, { ce_visit: '9'.repeat(digits) }),
  {
    ...headed('step-long', `a ce_step of ${stepBytes} characters`, { ce_step: longStep }),
    mayBeDone: true,
  },
  headed('direction-other', 'neither do nor undo', { ce_direction: 'sideways' }),
  headed('issuedat-other', 'a ce_issuedat that is no time', { ce_issuedat: 'yesterday' }),
  headed('replyto-other', 'a ce_replyto elsewhere', { ce_replyto: 'certify.elsewhere' }),
  headed('command-unknown', 'a command that nobody has', { ce_type: 'certify.no-such-command' }),
  {
    name: 'payload-misfit',
    says: 'a payload that does not fit',
    make: (command, topic) => toRecord({ ...command, payload: command.sample.misfit }, topic),
  },
]

/** Carried out, it would have the effect of a do once more. */
export const undoByDo: Spoil = headed('undo-by-do', 'an undo that has the name of the do', {
  ce_direction: 'undo',
})
