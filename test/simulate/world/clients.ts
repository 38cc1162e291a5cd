// The clients of a run: each starts its saga, asks again until it is answered, sends signals, and
// now and then cancels. They live as long as the world, and remember what they were told.
import type { Clock } from '../../../messaging/clock.ts'
import { encodeMessage } from '../../../messaging/envelope.ts'
import { SagalineError } from '../../../messaging/errors.ts'
import type { Json, Message, MessageId, SagaId } from '../../../messaging/message.ts'
import { signalsTopic, startsTopic } from '../../../messaging/topics.ts'
import type { Coordinator } from '../../../orchestrator/coordinator/coordinator.ts'
import { epochMs } from '../sim-clock.ts'
import type { Plan } from './plan.ts'
import type { SimGiven } from './sim-given.ts'
import type { SimProcess } from './sim-process.ts'

export type Answers = {
  /** By plan: the ids that starts under its key were answered with. */
  readonly ids: Map<number, Set<SagaId>>
  /** Starts and verbs that are not answered for good yet. */
  waiting: number
}

type ClientGiven = SimGiven & {
  readonly clock: Clock
  readonly orchestrators: readonly SimProcess[]
  readonly answers: Answers
}

const againMs = { min: 100, max: 1_500 }
/** A verb that is refused, or not answered, is asked for again this often at the most. */
const verbTriesMax = 20

export async function runClient(given: ClientGiven, plan: Plan): Promise<void> {
  const { clock, answers } = given
  await clock.wait(plan.arrivesAtMs)
  if (plan.isByTopic) {
    startByTopic(given, plan)
    answers.waiting -= 1
    return
  }
  const id = await startSaga(given, plan, startRequest(plan))
  await Promise.all([
    plan.isRepeated && startSaga(given, plan, startRequest(plan)),
    plan.isReused && reuseKey(given, plan),
    plan.signalAfterMs !== null && signal(given, plan, id),
    plan.verb !== null && tellVerb(given, plan, id),
  ])
  answers.waiting -= 1
}

type Request = Parameters<Coordinator['begin']>[0]

/** The same whenever it is asked for again. */
function startRequest(plan: Plan): Request {
  const { saga: name, input, key: idempotencyKey, startsLaterMs } = plan
  const request = { name, input, idempotencyKey }
  return startsLaterMs === null
    ? request
    : { ...request, startAt: epochMs + Math.floor(plan.arrivesAtMs + startsLaterMs) }
}

/** Until it is answered. */
async function startSaga(given: ClientGiven, plan: Plan, request: Request): Promise<SagaId> {
  const { clock, random, answers, story } = given
  for (;;) {
    try {
      const { id } = await anyOf(given).call((one) => one.begin(request))
      const ids = answers.ids.get(plan.number) ?? new Set()
      answers.ids.set(plan.number, ids.add(id))
      story.tell('client', `${plan.key} ${plan.saga} is ${id}`)
      return id
    } catch (error) {
      refuseLasting(given, plan, error)
      await clock.wait(random.between(againMs.min, againMs.max))
    }
  }
}

/** The saga's own client is never told that it asked for nonsense. */
function refuseLasting({ story }: ClientGiven, plan: Plan, error: unknown): void {
  if (error instanceof SagalineError && !error.retryable) {
    story.breach('start.refused', `${plan.key}: ${error.code} ${error.message}`)
    throw error
  }
}

async function reuseKey(given: ClientGiven, plan: Plan): Promise<void> {
  const { story } = given
  const other = { ...(plan.input as Record<string, Json>) }
  if ('amount' in other) other['amount'] = 7
  else other['lock'] = 'other'
  try {
    await anyOf(given).call((one) =>
      one.begin({ name: plan.saga, input: other, idempotencyKey: plan.key }),
    )
    story.breach('start.key-reused', plan.key)
  } catch (error) {
    if (error instanceof SagalineError && error.code === 'SAGA_KEY_REUSED') story.seen('key reused')
  }
}

function anyOf({ orchestrators, random }: ClientGiven): SimProcess {
  return random.pick(orchestrators)
}

function startByTopic(given: ClientGiven, { key, saga, input }: Plan): void {
  produce(given, {
    id: `${saga}/${key}/start` as MessageId,
    type: 'sagaline.start-saga',
    source: 'client',
    topic: startsTopic,
    key,
    data: { saga, key, input },
  })
}

async function signal(given: ClientGiven, plan: Plan, id: SagaId): Promise<void> {
  const { clock } = given
  await clock.wait(plan.signalAfterMs ?? 0)
  const data = { by: 'client' }
  if (plan.isSignalByTopic) {
    produce(given, {
      id: `${plan.key}/signal` as MessageId,
      type: 'sagaline.signal',
      source: 'client',
      topic: signalsTopic,
      key: id,
      data: { sagaId: id, signal: 'goAhead', data },
    })
    return
  }
  const event = {
    type: 'signalled',
    id: `${plan.key}/signal`,
    name: 'goAhead',
    data,
    actor: null,
  } as const
  const target = { saga: plan.saga, businessKey: plan.key }
  await untilAnswered(given, (one) => one.signal({ target, event }))
}

/** Refusals that no rule gives. */
const ofBugs: ReadonlySet<string> = new Set(['INTERNAL', 'INVARIANT_BROKEN'])

async function tellVerb(given: ClientGiven, plan: Plan, id: SagaId): Promise<void> {
  const { clock, story } = given
  await clock.wait(plan.verbAfterMs)
  const { verb } = plan
  if (verb === null) return
  const by = { requestId: `${plan.key}/${verb}`, actor: 'client', reason: 'it changed its mind' }
  const code = await untilAnswered(given, (one) =>
    one.operate(id, { type: 'operated', verb, ...by }),
  )
  if (code !== null && ofBugs.has(code)) story.breach('verb.failed', `${plan.key} ${verb}: ${code}`)
  story.seen(code === null ? `verb ${verb} taken` : `verb ${verb} refused: ${code}`)
}

/** Answers the code of the refusal, or null when it was taken. */
async function untilAnswered(
  given: ClientGiven,
  ask: (coordinator: Coordinator) => Promise<unknown>,
): Promise<string | null> {
  const { clock, random } = given
  for (let tries = 1; tries <= verbTriesMax; tries += 1) {
    try {
      await anyOf(given).call(ask)
      return null
    } catch (error) {
      if (error instanceof SagalineError && !error.retryable) return error.code
    }
    await clock.wait(random.between(againMs.min, againMs.max))
  }
  return 'no answer'
}

/** Straight onto the topic, sometimes twice. */
export function produce(
  { broker, faults }: Pick<SimGiven, 'broker' | 'faults'>,
  message: Message,
): void {
  const record = encodeMessage(message)
  const records = faults.happens('client.twice') ? [record, record] : [record]
  broker.append(record.topic, broker.partitionOf(record), records)
}
