// The switch of a running service: what GET, POST, PUT and DELETE of its faults are answered with. Any
// HTTP server can put it behind a path that only its own machine reaches.
import { SagalineError } from '../messaging/errors.ts'
import { participantError } from './errors.ts'
import type { Faults, NamedFault } from './faults.ts'

export type FaultRequest = {
  readonly method: string
  /** As it came; empty without one. */
  readonly body: string
}

export type FaultAnswer = { readonly status: number; readonly body: unknown }

/**
 * GET tells the faults; PUT `{ "faults": [{ "command", "fault", "times"?, "step"? }] }` takes the
 * place of all of them, POST of the same adds to them; DELETE clears them. The answer also names the
 * commands that may have one. Never throws: what is wrong has a code in the answer.
 */
export function answerFaultRequest(faults: Faults, { method, body }: FaultRequest): FaultAnswer {
  try {
    if (method === 'PUT') faults.set(readFaults(body))
    else if (method === 'POST') readFaults(body).forEach(faults.add)
    else if (method === 'DELETE') faults.clear()
    else if (method !== 'GET') return { status: 405, body: { code: 'METHOD_NOT_ALLOWED' } }
    return { status: 200, body: { faults: faults.list(), commands: faults.commands } }
  } catch (error) {
    if (!(error instanceof SagalineError)) throw error
    const { status, code, message: detail } = error
    return { status, body: { code, detail } }
  }
}

const known = new Set(['command', 'fault', 'times', 'step'])

/** Their form alone; whether they fit the commands is looked at where they are set. */
function readFaults(body: string): readonly NamedFault[] {
  const { faults } = parse(body) as { readonly faults?: unknown }
  if (!Array.isArray(faults)) throw invalid('the body has no list of faults')
  for (const one of faults as readonly unknown[]) {
    const { command, fault, step } = Object(one) as Readonly<Record<string, unknown>>
    const stray = Object.keys(Object(one)).find((name) => !known.has(name))
    if (stray !== undefined) throw invalid(`${stray} is not known`)
    if (typeof command !== 'string') throw invalid('a fault names no command')
    if (typeof fault !== 'object' || fault === null) throw invalid(`${command} has no fault`)
    if (step !== undefined && typeof step !== 'string') throw invalid('a step is no text')
  }
  return faults
}

function parse(body: string): object {
  try {
    const value: unknown = JSON.parse(body)
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Told below.
  }
  throw invalid('the body is no JSON object')
}

function invalid(problem: string): Error {
  return participantError('FAULT_INVALID', { command: 'the request', problem })
}
