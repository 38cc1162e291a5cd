// What must hold of dead letters: each has a reason that the run knows of, with every byte; poison
// is parked once by everybody who takes its topic.
import { signalsTopic } from '../../../messaging/topics.ts'
import { foreignKey, poisonKey } from '../world/chaos.ts'
import type { World } from '../world/sim-world.ts'

/** By code: reasons that are no fault of the product. */
const ofPoison: ReadonlySet<string> = new Set([
  'COMMAND_MALFORMED',
  'REPLY_UNUSABLE',
  'START_UNUSABLE',
  'SIGNAL_UNUSABLE',
])
/** Of signals whose saga has ended, or turned back, before they came. */
const ofLateSignals: ReadonlySet<string> = new Set(['SIGNAL_TOO_LATE', 'SAGA_ENDED'])

export function checkDeadLetters({ server, story, broker }: World): void {
  for (const database of ['sagas', 'orders', 'payments', 'works']) {
    for (const letter of server.database(database).tables.dead_letters.committed()) {
      const { code, reason, topic, partition, record_offset, value } = letter
      const at = `${topic}/${partition}/${record_offset}`
      const record = broker.records(topic)[partition]?.[Number(record_offset)]
      const key = record?.key?.toString()
      if (record?.value?.equals(value ?? Buffer.alloc(0)) !== true) {
        story.breach('dead-letter.bytes-differ', at)
      }
      if (ofPoison.has(code) && key === poisonKey) story.seen('poison parked')
      else if (code === 'SAGA_NOT_FOUND' && key === foreignKey) story.seen('foreign reply parked')
      else if (ofLateSignals.has(code) && topic === signalsTopic) story.seen('signal came too late')
      else story.breach('dead-letter', `${code} ${at} ${key}: ${reason.slice(0, 200)}`)
    }
  }
}
