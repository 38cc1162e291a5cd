// What happens to a world from outside: processes are killed, stopped for a while, restarted, their
// clocks jump; groups rebalance; Postgres restarts; strange records appear on the topics.
import type { Clock } from '../../../messaging/clock.ts'
import { encodeMessage } from '../../../messaging/envelope.ts'
import type { Message, MessageId, SagaId } from '../../../messaging/message.ts'
import { repliesTopic } from '../../../messaging/topics.ts'
import type { SimGiven } from './sim-given.ts'
import type { SimProcess } from './sim-process.ts'

type ChaosGiven = SimGiven & {
  readonly clock: Clock
  readonly processes: readonly SimProcess[]
  /** From then on processes that start have the newer definitions, or the older ones again. */
  readonly deploy: (isNewer: boolean) => void
}

const everyMs = 250
const downMs = { min: 100, max: 9_000 }
const pauseMs = { min: 300, max: 12_000 }
const skewMsMax = 600_000

export async function runChaos(given: ChaosGiven): Promise<void> {
  const { clock, faults } = given
  while (!faults.areOver) {
    await clock.wait(everyMs)
    harmProcesses(given)
    deploySome(given)
    harmParts(given)
    strewRecords(given)
  }
}

function harmProcesses(given: ChaosGiven): void {
  const { faults, random, processes, scheduler, broker, story } = given
  const victim = random.pick(processes)
  const { name } = victim.owner
  if (victim.isDead) return
  if (faults.happens('kill', name)) victim.kill(random.between(downMs.min, downMs.max))
  else if (faults.happens('restart', name)) victim.restart()
  else if (faults.happens('pause', name)) {
    const ms = random.between(pauseMs.min, pauseMs.max)
    story.tell(name, `does nothing for ${ms.toFixed(0)} ms`)
    victim.owner.pausedUntilMs = scheduler.nowMs + ms
    broker.suspend(victim.owner, ms)
  } else if (faults.happens('clock.jump', name)) {
    victim.owner.skewMs = Math.round(random.between(-skewMsMax, skewMsMax))
  }
}

/** One process after the other gets the newer definitions, or the older ones again. */
function deploySome({ faults, random, processes, deploy }: ChaosGiven): void {
  const isNewer = faults.happens('deploy')
  if (!isNewer && !faults.happens('rollback')) return
  deploy(isNewer)
  random.pick(processes.filter(({ kind }) => kind.type === 'orchestrator')).restart()
}

function harmParts({ faults, random, broker, server, story }: ChaosGiven): void {
  if (broker.groups.length > 0 && faults.happens('rebalance')) {
    const group = random.pick(broker.groups)
    story.tell('broker', `rebalances ${group.id}`)
    group.rebalance()
  }
  if (faults.happens('postgres.restart')) {
    story.tell('postgres', 'restarts')
    server.restart()
  }
}

/** Duplicates of what was sent before, and records that nobody can use. */
function strewRecords({ faults, random, broker, story }: ChaosGiven): void {
  if (faults.happens('records.repeated')) {
    const topic = random.pick(commandTopics)
    const partition = random.below(broker.records(topic).length)
    const log = broker.records(topic)[partition] ?? []
    const from = random.below(Math.max(1, log.length))
    const again = log.slice(from, from + 1 + random.below(5))
    story.tell('broker', `repeats ${again.length} of ${topic}/${partition}`)
    broker.append(topic, partition, again.map(asSent))
  }
  if (faults.happens('records.poison')) {
    const topic = random.pick(commandTopics)
    const partition = random.below(broker.records(topic).length)
    story.seen('poison record')
    broker.append(topic, partition, [{ topic, key: poisonKey, value: '{"broken', headers: {} }])
  }
  if (faults.happens('records.foreign')) {
    const record = encodeMessage(foreignReply(random.hex(12)))
    story.seen('reply of an unknown saga')
    broker.append(record.topic, broker.partitionOf(record), [record])
  }
}

/** As of a saga that was deleted, or of another system. */
function foreignReply(digits: string): Message {
  const sagaId = `00000000-0000-7000-8000-${digits}` as SagaId
  const command = `${sagaId}/step/do/1` as MessageId
  return {
    id: `${command}/reply` as MessageId,
    type: 'foreign.succeeded',
    source: 'foreign',
    topic: repliesTopic,
    key: foreignKey,
    data: null,
    sagaId,
    causationId: command,
    outcome: 'succeeded',
  }
}

/** Of records that belong to no saga of the run. */
export const foreignKey = 'foreign'
export const poisonKey = 'poison'

const commandTopics = [
  'orders.commands',
  'payments.commands',
  'works.commands',
  'sagaline.replies',
  'sagaline.starts',
  'sagaline.signals',
]

type Sent = ReturnType<SimGiven['broker']['records']>[number][number]

function asSent({ topic, key, value, headers }: Sent) {
  const texts = Object.entries(headers).map(([name, bytes]) => [name, bytes.toString()] as const)
  return {
    topic,
    key: key?.toString() ?? '',
    value: value ?? '',
    headers: Object.fromEntries(texts),
  }
}
