// Which sagas a command is about: the filters of REST as flags, for lists and for verbs for many.
import type { Api } from '../../client/index.ts'
import { type Call, type Flag, flagText, flagTexts, usage } from '../command.ts'
import { readMoment } from '../times.ts'

type Query = NonNullable<Api['list-sagas']['ask']['query']>

export type SagaFilter = Omit<Query, 'limit' | 'cursor'>

type Status = NonNullable<Query['status']>[number]

export const statuses: readonly Status[] = [
  ...(['scheduled', 'waiting', 'running', 'compensating', 'stuck', 'paused'] as const),
  ...(['completed', 'compensated', 'abandoned', 'terminated'] as const),
]

export const filterFlags: Readonly<Record<string, Flag>> = {
  name: { value: 'SAGA', help: 'Only sagas of this name.' },
  version: { value: 'NUMBER', help: 'Only those of this version.' },
  status: {
    value: 'STATUS',
    isRepeatable: true,
    choices: statuses,
    help: `Only those that are ${statuses.join(', ')}.`,
  },
  'at-step': { value: 'STEP', help: 'Only those with this step under way, or parked.' },
  since: { value: 'TIME', help: 'Only those started since: an ISO time, or 15m, 2h, 3d ago.' },
  before: { value: 'TIME', help: 'Only those started before it, e.g. 1h: older than an hour.' },
  key: { value: 'KEY', help: 'Only those with this business key.' },
  correlation: { value: 'ID', help: 'Only those with this correlation id.' },
  parent: { value: 'ID', help: 'Only the child sagas of this one.' },
  attribute: { value: 'NAME:VALUE', isRepeatable: true, help: 'Only those with this attribute.' },
  error: { value: 'WORDS', help: 'Only those with all these words in what went wrong.' },
}

/** What is given, and nothing else. @throws CLI_USAGE */
export function readFilter(call: Call, now: Date): SagaFilter {
  const [status, attribute] = [flagTexts(call, 'status').map(readStatus), readAttributes(call)]
  const texts = {
    name: flagText(call, 'name'),
    step: flagText(call, 'at-step'),
    businessKey: flagText(call, 'key'),
    correlationId: flagText(call, 'correlation'),
    parentId: flagText(call, 'parent'),
    error: flagText(call, 'error'),
    startedAfter: readMoment(call, 'since', now) ?? null,
    startedBefore: readMoment(call, 'before', now) ?? null,
  }
  const given = Object.entries(texts).filter(([, text]) => text !== null)
  return {
    ...Object.fromEntries(given),
    ...readVersion(call),
    ...(status.length > 0 && { status }),
    ...(attribute.length > 0 && { attribute }),
  }
}

function readStatus(text: string): Status {
  const status = statuses.find((one) => one === text)
  if (status === undefined) throw usage(`--status must be one of ${statuses.join(', ')}`)
  return status
}

function readAttributes(call: Call): readonly string[] {
  const attributes = flagTexts(call, 'attribute')
  if (attributes.some((text) => text.indexOf(':') < 1)) {
    throw usage('--attribute must be like customer:c-1')
  }
  return attributes
}

function readVersion(call: Call): { readonly version?: number } {
  const text = flagText(call, 'version')
  if (text === null) return {}
  if (!/^[1-9]\d{0,8}$/.test(text)) throw usage('--version must be a whole number from 1')
  return { version: Number(text) }
}
