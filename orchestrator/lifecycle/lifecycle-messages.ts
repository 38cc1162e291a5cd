// From a history entry to the messages on `sagaline.events`. The only place that makes them: right
// after the commit from memory, and in recovery from the rows; both give the same.
import { isEncrypted } from '../../messaging/encrypted-fields.ts'
import type { Message, MessageId, SagaId } from '../../messaging/message.ts'
import { eventsTopic } from '../../messaging/topics.ts'
import type { Fact } from '../engine/event.ts'
import type { ToldEntry } from '../store/history-entry.ts'
import type { LifecycleData } from './lifecycle-event.ts'

const source = 'sagaline'

type Told = { readonly fact: Fact; readonly seq: number; readonly sent: readonly Fact[] }

/** One for each numbered fact, in their order; the first one carries the entry itself. */
export function lifecycleMessages(entry: ToldEntry): readonly Message[] {
  const saga = sagaOf(entry)
  const time = new Date(entry.at)
  return told(entry.facts).map((one, index) => {
    const head = headOf(entry.saga.id, time, one)
    const data = dataOf(entry, saga, one)
    return index === 0 ? withEntry(head, data, entry) : withoutEntry(head, data)
  })
}

/** Sendings without a number are told with the fact before them. */
function told(facts: readonly Fact[]): readonly Told[] {
  const all: { fact: Fact; seq: number; sent: Fact[] }[] = []
  for (const fact of facts) {
    if (fact.seq !== undefined) all.push({ fact, seq: fact.seq, sent: [] })
    else all.at(-1)?.sent.push(fact)
  }
  return all
}

function sagaOf({ saga, businessKey }: ToldEntry): LifecycleData['saga'] {
  const { name, version, parent } = saga
  // Half a surrogate pair is kept by Postgres as something else, and fits into no message.
  const named = { name, version, businessKey: businessKey?.toWellFormed() ?? null }
  if (parent === null) return named
  const { sagaId, step, visit } = parent
  return { ...named, parent: { sagaId, step, visit } }
}

function dataOf(entry: ToldEntry, saga: LifecycleData['saga'], one: Told): LifecycleData {
  const { revision, status, value } = entry.saga
  const { step, visit, direction, attempt, detail } = one.fact
  return {
    saga,
    seq: one.seq,
    revision,
    status,
    state: value,
    ...(step !== undefined && { step }),
    ...(visit !== undefined && { visit }),
    ...(direction !== undefined && { direction }),
    ...(attempt !== undefined && { attempt }),
    ...(detail !== undefined && { detail }),
    ...(one.sent.length > 0 && { sent: one.sent.map(sendingOf) }),
  }
}

type Head = Omit<Message, 'data' | 'lesser'>

function withEntry(head: Head, data: LifecycleData, { event, at }: ToldEntry): Message {
  const lesser = () => withoutEntry(head, { ...data, entryOmitted: true })
  const entry = isEncrypted(event) ? event : { event, at }
  return { ...head, data: { ...data, entry }, lesser }
}

function withoutEntry(head: Head, data: LifecycleData): Message {
  return { ...head, data, lesser: () => bare(head, data) }
}

/** So small and plain that it can always be sent: the numbers have no gap. */
function bare(head: Head, { detail: _, sent: __, ...data }: LifecycleData): Message {
  return { ...head, data: { ...data, state: null, detailOmitted: true } }
}

function sendingOf({ step = '', visit = 1, direction = 'do', attempt = 1 }: Fact) {
  return { step, visit, direction, attempt }
}

function headOf(sagaId: SagaId, time: Date, { fact, seq }: Told): Head {
  const { type, step, visit = 0, direction, attempt = 0 } = fact
  return {
    id: `${sagaId}/event/${seq}` as MessageId,
    type,
    source,
    topic: eventsTopic,
    key: sagaId,
    time,
    sagaId,
    ...(step !== undefined && { step }),
    ...(visit > 0 && { visit }),
    ...(direction !== undefined && { direction }),
    // Counts in headers start at 1; a step that was not sent yet has none.
    ...(attempt > 0 && { attempt }),
  }
}
