// What readers may see of the context of a saga with sensitive data. What was said and answered is
// shown by its schema; what no schema describes, such as the whole context of a raw machine, is not.
import { masked, maskUndeclared } from '../../messaging/encrypted-fields.ts'
import type { Json } from '../../messaging/message.ts'
import type { ChartContext } from '../definition/chart-context.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'

/** Null when the definition is not here: then nothing is known to be harmless. */
export function maskContext(definition: SagaDefinition | null, context: Json): Json {
  // It has none before its statechart starts.
  if (context === null) return null
  if (definition === null || !definition.hasChartContext) return masked
  const parts: Readonly<Record<string, Show>> = showParts(definition)
  return each(context, (name, value) => (own(parts, name) ?? hidden)(value))
}

type Show = (value: Json) => Json

const hidden: Show = () => masked

function showParts({ input, steps, signals }: SagaDefinition): Record<keyof ChartContext, Show> {
  const reply = (step: string) => bySchema(steps.get(step)?.command.reply)
  return {
    input: bySchema(input),
    replies: (replies) => each(replies, (step, value) => reply(step)(value)),
    signals: (sent) => each(sent, (name, value) => bySchema(signals.get(name)?.data)(value)),
    each: (lists) => each(lists, (step, list) => each(list, eachPart(reply(step)))),
    rounds: (rounds) => each(rounds, (_, round) => onlyNumbers(round)),
  }
}

/** What a `forEach` goes through was made by a function: no schema describes it. */
function eachPart(reply: Show) {
  const shows: Readonly<Record<string, Show>> = {
    items: (items) => inList(items, hidden),
    at: (at) => inList(at, onlyNumbers),
    next: onlyNumbers,
    replies: (replies) => inList(replies, reply),
  }
  return (name: string, value: Json): Json => (own(shows, name) ?? hidden)(value)
}

type Schema = Parameters<typeof maskUndeclared>[0]

const bySchema =
  (schema: Schema | undefined): Show =>
  (value) => {
    if (value === null) return null
    return schema === undefined ? masked : (maskUndeclared(schema, value) as Json)
  }

const onlyNumbers: Show = (value) => (typeof value === 'number' || value === null ? value : masked)

const inList = (value: Json, show: Show): Json => (Array.isArray(value) ? value.map(show) : masked)

function each(value: Json, show: (name: string, inner: Json) => Json): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return masked
  const entries = Object.entries(value as { readonly [name: string]: Json })
  return Object.fromEntries(entries.map(([name, inner]) => [name, show(name, inner)]))
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}
