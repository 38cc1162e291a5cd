// Where a saga's traces and logs are looked at: links made of the templates that the server was given.
import type { Api } from '../../orchestrator/client/index.ts'

export type Links = Api['get-links']['answer']

export type LinkIds = { readonly sagaId: string; readonly traceId: string | null }

/** Null without a template, and where it needs a trace that is not known. */
export function linkOf(template: string | null, { sagaId, traceId }: LinkIds): string | null {
  if (template === null || (traceId === null && template.includes('{traceId}'))) return null
  return template
    .replaceAll('{traceId}', encodeURIComponent(traceId ?? ''))
    .replaceAll('{sagaId}', encodeURIComponent(sagaId))
}

type Message = Api['list-saga-messages']['answer']['items'][number]
type Visit = Pick<Message, 'step' | 'visit' | 'direction'>

export const visitKey = ({ step, visit, direction }: Visit): string =>
  `${step} ${visit} ${direction}`

/** By visit and direction of a step: the trace of its last attempt that was answered. */
export function tracesOf(messages: readonly Message[]): ReadonlyMap<string, string> {
  const traces = new Map<string, string>()
  for (const message of messages) {
    if (message.step !== null && message.traceId !== null) {
      traces.set(visitKey(message), message.traceId)
    }
  }
  return traces
}
