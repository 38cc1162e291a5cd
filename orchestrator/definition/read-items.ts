// Reads the lists that an author wrote: each item says by one word what it is.
import { writtenProblem } from './check-written.ts'
import { childCommand, childTimeoutMs } from './child-command.ts'
import { approvalSignal } from './define-signal.ts'
import type { ApprovalOptions } from './item-options.ts'
import { refuseIf } from './refuse.ts'
import type { SagaDefinition } from './saga-definition.ts'
import type { SagaItem, SagaStep } from './saga-item.ts'
import type { RetryOptions, StepKind } from './step-options.ts'

type Written = Readonly<Record<string, unknown>> & { readonly name: string }

/** The words that say what an item is; `forEach` goes with one of the first two. */
const words = ['send', 'saga', 'parallel', 'choose', 'repeat', 'waitFor', 'approval', 'delayMs']

const lanesDefault = 5

/** @throws DEFINITION_INVALID for an item that is none, or several. */
export function readItems(saga: string, list: unknown): readonly SagaItem[] {
  refuseIf(saga, Array.isArray(list) ? null : 'a list of its steps is no list')
  return (list as readonly unknown[]).map((item) => {
    refuseIf(saga, writtenProblem(item))
    return readItem(saga, item as Written)
  })
}

function readItem(saga: string, item: Written): SagaItem {
  const said = words.filter((word) => item[word] !== undefined)
  const word = said.length === 0 && item['until'] !== undefined ? 'until' : said[0]
  if (said.length > 1) refuseIf(saga, `${item.name} is both ${said.join(' and ')}`)
  return read(saga, item, word)
}

function read(saga: string, item: Written, word: string | undefined): SagaItem {
  const { name } = item
  switch (word) {
    case 'send':
    case 'saga':
      return readStep(saga, item)
    case 'parallel': {
      const branches = Object.entries(item['parallel'] as Readonly<Record<string, unknown>>)
      const read = ([branch, list]: readonly [string, unknown]) =>
        ({ name: branch, items: readItems(saga, list) }) as const
      return { type: 'parallel', name, branches: branches.map(read) }
    }
    case 'choose': {
      const ways = item['choose'] as readonly { readonly when?: never; readonly steps: unknown }[]
      const read = ({ when, steps }: (typeof ways)[number]) =>
        ({ when: when ?? null, items: readItems(saga, steps) }) as const
      return { type: 'choose', name, ways: ways.map(read) }
    }
    case 'repeat': {
      const { until, timesMax } = item as Written & { until: never; timesMax: number }
      return { type: 'repeat', name, items: readItems(saga, item['repeat']), until, timesMax }
    }
    default:
      return readWait(saga, item, word)
  }
}

function readWait(saga: string, item: Written, word: string | undefined): SagaItem {
  const { name } = item
  switch (word) {
    case 'waitFor': {
      const {
        waitFor,
        timeoutMs = null,
        onTimeout = 'fail',
      } = item as Written & {
        waitFor: never
        timeoutMs?: number
        onTimeout?: 'fail' | 'continue'
      }
      return { type: 'wait', name, signal: waitFor, timeoutMs, onTimeout }
    }
    case 'approval': {
      const approval = item['approval'] as ApprovalOptions
      return { type: 'approval', name, signal: approvalSignal(name), approval }
    }
    case 'delayMs':
      return { type: 'delay', name, delayMs: item['delayMs'] as number }
    case 'until':
      return { type: 'moment', name, moment: item['until'] as never }
    default:
      refuseIf(saga, `${name} does not say what it is: ${words.join(', ')} or until`)
      throw new Error('unreachable')
  }
}

function readStep(saga: string, item: Written): SagaItem {
  const { name, forEach, with: payload = null, atMost = lanesDefault } = item
  const step = sagaStep(item)
  if (forEach === undefined) return { type: 'command', name, step, payload: payload as never }
  refuseIf(saga, payload === null ? `forEach ${name} needs a with` : null)
  return {
    type: 'forEach',
    name,
    step,
    items: forEach as never,
    lanes: atMost as number,
    payload: payload as never,
  }
}

function sagaStep(item: Written): SagaStep {
  const {
    name,
    kind = 'compensatable',
    send,
    saga: child = null,
    undo,
  } = item as Written & {
    kind?: StepKind
    send?: never
    saga?: SagaDefinition
    undo?: RetryOptions
  }
  return {
    name,
    kind,
    command: send ?? childCommand(child as SagaDefinition),
    child,
    limits: limitsOf(item as RetryOptions, child !== null),
    undo: limitsOf(undo ?? {}, child !== null),
  }
}

const limitNames = [
  'attempts',
  'timeoutMs',
  'firstDelayMs',
  'factor',
  'delayMsMax',
  'jitter',
  'deadlineMs',
] as const

function limitsOf(options: RetryOptions, isChild: boolean): RetryOptions {
  const own = Object.fromEntries(
    limitNames
      .filter((limit) => options[limit] !== undefined)
      .map((limit) => [limit, options[limit]]),
  )
  return isChild ? { attempts: 1, timeoutMs: childTimeoutMs, ...own } : own
}
