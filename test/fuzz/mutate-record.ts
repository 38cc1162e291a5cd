// Spoils records as strangers, broken programs and attackers do: bytes, headers, values, keys and
// times, from one flipped bit to pure noise.
import type { IncomingRecord } from '../../messaging/bus.ts'
import type { Chance } from './chance.ts'

type Mutation = (record: IncomingRecord, chance: Chance) => IncomingRecord

const headerNames = [
  ...['ce_specversion', 'ce_id', 'ce_source', 'ce_type', 'ce_time', 'ce_sagaid', 'ce_step'],
  ...['ce_visit', 'ce_direction', 'ce_attempt', 'ce_causationid', 'ce_deadline', 'ce_issuedat'],
  ...['ce_replyto', 'ce_outcome', 'content-type', 'traceparent'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'x\0y', '\ud800', 'ünï'],
]

const texts = [
  ...['', ' ', '\0', '0', '-1', '1.5', '1e9', '2147483647', '2147483648', '99999999999999999999'],
  ...['null', 'true', '__proto__', 'constructor', 'do', 'undo', 'succeeded', 'failed', 'NaN'],
  ...['9999-12-31T23:59:59Z', '2026-02-30T00:00:00Z', '+275760-09-13T00:00:00Z', '1.0', '\ufffd'],
  ...[
    '0198c5a0-0000-7000-8000-000000000001',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    'x'.repeat(600),
  ],
  ...['sagaline.replies', 'else.replies', 'sagaline.run-saga', 'sagaline.undo-saga', '{}', '[]'],
]

const values = [
  ...['', 'null', '0', '-0', '1e999', '""', '[]', '{}', '{', '[[', '"\\ud800"', '"\\u0000"', 'tru'],
  ...['{"__proto__":{"a":1}}', '{"constructor":{"prototype":{}}}', '{"a":{"__proto__":null}}'],
  ...[`${'['.repeat(300)}${']'.repeat(300)}`, `${'{"a":'.repeat(99)}1${'}'.repeat(99)}`],
  ...[
    '{"$encrypted":1}',
    '{"a":{"$encrypted":"v1.k1.AAAA"}}',
    '{"saga":null}',
    '{"saga":"send-parcel","key":""}',
    '{"sagaId":1}',
  ],
  ...['{"saga":"__proto__","key":"k","input":{}}', '{"saga":"constructor","version":1,"input":{}}'],
  ...['{"saga":"toString","version":1e999}', '{"signal":"__proto__","sagaId":"x"}'],
]

const times = [Number.NaN, 0, -1, 8.64e15, -8.64e15, 253_402_300_800_000, -62_135_596_800_001]

const withHeader = (record: IncomingRecord, name: string, value: Buffer): IncomingRecord => {
  // Assigned as Kafka clients do it: a header of any name is an own property.
  const headers = { ...record.headers }
  Object.defineProperty(headers, name, { value, enumerable: true, configurable: true })
  return { ...record, headers }
}

const flipped = (bytes: Buffer | null, chance: Chance): Buffer => {
  const copy = Buffer.from(bytes ?? chance.bytes(8))
  if (copy.length === 0) return chance.bytes(1)
  const at = chance.below(copy.length)
  copy[at] = chance.next() < 0.5 ? (copy[at] ?? 0) ^ (1 << chance.below(8)) : chance.below(256)
  return copy
}

const cut = (bytes: Buffer | null, chance: Chance): Buffer =>
  (bytes ?? Buffer.alloc(0)).subarray(0, chance.below((bytes?.length ?? 0) + 1))

/** Something else in one place of a JSON value that is still JSON. */
const swapped = (bytes: Buffer | null, chance: Chance): Buffer => {
  const parts = String(bytes).split(/(?<=[:,[{])/)
  const at = chance.below(parts.length)
  const junk = chance.pick(['null', '-1', '1e400', '"\\u0000"', '[]', '{}', '"x"', 'true', '2.5'])
  parts[at] = (parts[at] ?? '').replace(/^("[^"]*"|[\d.]+|true|null|\w+)/, junk)
  return Buffer.from(parts.join(''))
}

const mutations: readonly Mutation[] = [
  (record, chance) => ({ ...record, value: flipped(record.value, chance) }),
  (record, chance) => ({ ...record, value: cut(record.value, chance) }),
  (record, chance) => ({ ...record, value: swapped(record.value, chance) }),
  (record, chance) => ({ ...record, value: Buffer.from(chance.pick(values)) }),
  (record, chance) => ({ ...record, value: chance.bytes(chance.below(64)) }),
  (record) => ({ ...record, value: null }),
  (record) => ({ ...record, value: Buffer.alloc(0) }),
  (record, chance) => ({ ...record, key: chance.pick([null, Buffer.alloc(0), chance.bytes(16)]) }),
  (record, chance) => ({ ...record, key: flipped(record.key, chance) }),
  (record, chance) => ({ ...record, timestamp: new Date(chance.pick(times)) }),
  (record, chance) => withHeader(record, chance.pick(headerNames), Buffer.from(chance.pick(texts))),
  (record, chance) => withHeader(record, chance.pick(headerNames), chance.bytes(chance.below(40))),
  (record, chance) => {
    const name = chance.pick(Object.keys(record.headers).concat('ce_id'))
    return withHeader(record, name, flipped(record.headers[name] ?? null, chance))
  },
  (record, chance) => {
    const gone = chance.pick(Object.keys(record.headers).concat('ce_id'))
    const rest = Object.entries(record.headers).filter(([name]) => name !== gone)
    return { ...record, headers: Object.fromEntries(rest) }
  },
  (record) => ({ ...record, headers: {} }),
]

/** A large one costs more than all the others, so it comes seldom. */
const largeShare = 0.0005
const largeBytes = 250 * 1024

/** Some are left as they are, most are spoiled once, a few often. */
export function mutate(record: IncomingRecord, chance: Chance): IncomingRecord {
  if (chance.next() < largeShare) return { ...record, value: Buffer.alloc(largeBytes, '7') }
  const times = chance.pick([0, 1, 1, 1, 1, 2, 2, 3, 8])
  let spoiled = record
  for (let n = 0; n < times; n += 1) spoiled = chance.pick(mutations)(spoiled, chance)
  return spoiled
}
