// Reads one command of a transcript: `> reply charge undo failed {"code":"busy"} attempt 2`.
import type { Json, ReplyOutcome } from '../../messaging/message.ts'

export type Line =
  | { readonly verb: 'define'; readonly name: string }
  | { readonly verb: 'start'; readonly input: Json }
  | ReplyLine
  | { readonly verb: 'advance'; readonly ms: number }
  | { readonly verb: 'retry'; readonly actor: string; readonly reason: string }
  | { readonly verb: 'mend' }
  | { readonly verb: 'show' }

export type ReplyLine = {
  readonly verb: 'reply'
  readonly step: string
  readonly direction: 'do' | 'undo'
  readonly outcome: ReplyOutcome
  readonly data: Json
  readonly attempt: number | null
  readonly visit: number | null
}

export function parseLine(text: string): Line {
  const [verb = '', ...rest] = text.split(' ')
  const args = rest.join(' ')
  switch (verb) {
    case 'define':
      return { verb, name: args }
    case 'start':
      return { verb, input: JSON.parse(args) }
    case 'reply':
      return parseReply(args)
    case 'advance':
      return { verb, ms: parseDuration(args) }
    case 'retry':
      return { verb, actor: rest[0] ?? '', reason: rest.slice(1).join(' ') }
    case 'mend':
    case 'show':
      return { verb }
    default:
      throw new Error(`no such verb: ${text}`)
  }
}

const replyPattern =
  /^(?<step>\S+) (?<undo>undo )?(?<outcome>succeeded|refused|failed)(?<json> .+?)??( attempt (?<attempt>\d+))?( visit (?<visit>\d+))?$/

function parseReply(args: string): ReplyLine {
  const groups = replyPattern.exec(args)?.groups
  if (!groups) throw new Error(`not a reply: ${args}`)
  const { step = '', undo, outcome, json, attempt, visit } = groups
  return {
    verb: 'reply',
    step,
    direction: undo ? 'undo' : 'do',
    outcome: outcome as ReplyOutcome,
    data: json ? JSON.parse(json) : null,
    attempt: attempt ? Number(attempt) : null,
    visit: visit ? Number(visit) : null,
  }
}

function parseDuration(text: string): number {
  const [, number, unit] = /^(\d+)(ms|s)$/.exec(text) ?? []
  if (!number) throw new Error(`not a duration: ${text}`)
  return Number(number) * (unit === 's' ? 1_000 : 1)
}
