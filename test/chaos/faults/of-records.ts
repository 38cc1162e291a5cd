// Faults of what is on the topics: records that come again, records that nobody should have
// written, and strangers that join and leave the groups of the services.
import { randomBytes } from 'node:crypto'
import type { Random } from '../../simulate/random.ts'
import { awaitUntil } from '../../system/await-until.ts'
import { markOf, poisonMark } from '../dead-letters.ts'
import type { Fault } from '../fault.ts'
import type { PlacedRecord } from '../guest-kafka.ts'
import { uuidFrom } from '../uuid-from.ts'

const partitions = 4
/** Of each partition: the last so many come again. */
const tailLength = 100
const handledTopics = ['orders.commands', 'payments.commands', 'sagaline.replies'] as const
const repeatedTopics = [...handledTopics, 'orders.events', 'payments.events'] as const
const groups = [
  { groupId: 'orders', topic: 'orders.commands' },
  { groupId: 'payments', topic: 'payments.commands' },
  { groupId: 'sagaline', topic: 'sagaline.replies' },
] as const

const duplicated: Fault = {
  kind: 'records.duplicated',
  lane: 'records',
  make: async ({ kafka }, random) => {
    const topic = random.pick(repeatedTopics)
    const records = await awaitUntil(`${topic} has records`, async () => {
      const found = await kafka.readTail(topic, tailLength)
      const own = found.filter((record) => markOf(record) === null)
      return own.length > 0 && own
    })
    const times = 1 + random.below(3)
    for (let time = 0; time < times; time += 1) await kafka.write(topic, records)
    return `${records.length} of ${topic}, ${times} times`
  },
}

const ceHeaders = {
  ce_specversion: '1.0',
  ce_id: 'poison',
  ce_source: 'stranger',
  ce_type: 'orders.create-order',
  'content-type': 'application/json',
}

type Poison = Omit<PlacedRecord, 'partition'>

const poisons: readonly ((random: Random) => Poison)[] = [
  () => ({ key: null, value: randomBytes(300), headers: {} }),
  () => ({ key: 'k', value: Buffer.from('{"order":'), headers: ceHeaders }),
  () => ({ key: 'k', value: Buffer.from([0xff, 0xfe, 0x00]), headers: ceHeaders }),
  () => ({ key: 'k', value: null, headers: ceHeaders }),
  // In form, but of no saga: a command nobody knows, a reply that nobody waits for.
  (random) => {
    const id = uuidFrom(random)
    const headers = {
      ...ceHeaders,
      ce_id: `${id}/createOrder/do/1`,
      ce_type: 'orders.lose-order',
      ce_sagaid: id,
      ce_step: 'createOrder',
      ce_visit: '1',
      ce_direction: 'do',
      ce_attempt: '1',
      ce_causationid: `${id}/createOrder/do/1`,
      ce_outcome: 'succeeded',
    }
    return { key: id, value: Buffer.from('null'), headers }
  },
]

/** On topics on which each of them must be parked. */
const poisonedTopics = [...handledTopics, 'sagaline.starts', 'sagaline.signals'] as const

const poisoned: Fault = {
  kind: 'records.poisoned',
  lane: 'records',
  make: async ({ kafka }, random) => {
    const counts: string[] = []
    for (const topic of poisonedTopics) {
      const records = poisons.map((make, at): PlacedRecord => {
        const record = make(random)
        const headers = { ...record.headers, [poisonMark]: `${topic}/${random.hex(16)}` }
        return { ...record, headers, partition: (at + random.below(partitions)) % partitions }
      })
      // Noted first: a write that fails may have happened.
      for (const record of records) kafka.poison.add(markOf(record) ?? '')
      await kafka.write(topic, records)
      counts.push(`${records.length} on ${topic}`)
    }
    return counts.join(', ')
  },
}

const storm: Fault = {
  kind: 'group.storm',
  lane: 'records',
  make: async ({ kafka }, random) => {
    const { groupId, topic } = random.pick(groups)
    const visits = 3 + random.below(4)
    for (let visit = 0; visit < visits; visit += 1) await kafka.visitGroup(groupId, topic)
    return `${visits} strangers came to ${groupId} and left`
  },
}

export const recordFaults: readonly Fault[] = [duplicated, poisoned, storm]
