// Sends what kafkajs has to say through our log: chosen fields only, since its entries may hold
// whatever an error carries. Called by kafka-bus.ts.
import type { LogEntry, logCreator } from 'kafkajs'
import type { Log } from '../log.ts'

/** kafkajs's own numbers. */
const errorLevel = 1
const warnLevel = 2

const fieldsKept = [
  'message',
  'error',
  'groupId',
  'memberId',
  'topic',
  'partition',
  'offset',
  'broker',
  'clientId',
  'retryCount',
  'retryTime',
] as const

/** Logs each answer that is an error, also the expected ones that its callers deal with. */
const noisyPart = 'Connection'

/** Its errors are our warnings: it tries again, and what it gives up reaches us as an error. */
export function kafkaJsLogCreator(log: Log): logCreator {
  return () => (entry) => {
    const fields = fieldsOf(entry)
    const isTrouble = entry.level === errorLevel || entry.level === warnLevel
    if (isTrouble && entry.namespace !== noisyPart) log.warn('kafka.client', fields)
    else log.debug('kafka.client', fields)
  }
}

function fieldsOf(entry: LogEntry): Record<string, string | number> {
  const fields: Record<string, string | number> = { part: entry.namespace }
  for (const name of fieldsKept) {
    const value: unknown = entry.log[name]
    if (typeof value === 'string' || typeof value === 'number') fields[name] = value
    else if (value instanceof Error) fields[name] = value.message
  }
  return fields
}
