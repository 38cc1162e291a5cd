// Writes down who steered which saga: one entry before it is done, without which it is not done,
// and one with what came of it. Also makes whoever is logged in the actor of what they do.
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { SagalineError } from '../../../messaging/errors.ts'
import { orchestratorError } from '../../errors.ts'
import type { AuditEntry } from '../../store/access-audit.ts'
import type { Edge } from '../edge.ts'
import { asSagaId } from '../saga-id.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What was written down before it is done. */
    audited: AuditEntry | null
    /** Of the answer, when it is a problem. */
    problemCode: string | null
  }
}

export function decorateAudit(app: FastifyInstance): void {
  app.decorateRequest('audited', null)
  app.decorateRequest('problemCode', null)
}

export function addAudit(route: RouteOptions, edge: Edge): void {
  const before = async (request: FastifyRequest) => {
    const entry = entryOf(request, 'asked')
    if (request.principal !== null) nameActor(request, request.principal.name)
    await write(edge, entry)
    request.audited = entry
  }
  const after = async (request: FastifyRequest, _: FastifyReply, payload: unknown) => {
    const { audited, problemCode } = request
    if (audited !== null) await finish(edge, { ...audited, outcome: problemCode ?? 'done' })
    return payload
  }
  // The last one, so that nothing is written for what is refused before.
  route.preHandler = [...listed(route.preHandler), before]
  route.onSend = [...listed(route.onSend), after]
}

/** What somebody asked for and may not do. @throws STORE_UNAVAILABLE. */
export function auditRefusal(request: FastifyRequest, edge: Edge, code: string): Promise<void> {
  return write(edge, entryOf(request, code))
}

/** Without the entry nothing is done. @throws STORE_UNAVAILABLE. */
async function write(edge: Edge, entry: AuditEntry): Promise<void> {
  await edge.audit(entry).catch((error: unknown) => {
    const passes = error instanceof SagalineError && error.retryable
    throw passes ? orchestratorError('STORE_UNAVAILABLE', {}, error) : error
  })
}

/** It is done, or refused; the answer stands, and the first entry is there. */
async function finish(edge: Edge, entry: AuditEntry): Promise<void> {
  await edge.audit(entry).catch((error: unknown) => {
    const { requestId, action, outcome } = entry
    edge.log.error('access.audit.unfinished', { requestId, action, outcome, error })
  })
}

function entryOf(request: FastifyRequest, outcome: string): AuditEntry {
  const { principal, params, routeOptions, method } = request
  const { saga, letter } = params as { readonly saga?: string; readonly letter?: string }
  // Before it is read there is none, and what it holds is checked only then.
  const body = (request.body ?? {}) as Readonly<Record<string, unknown>>
  const sagaId = saga === undefined ? null : asSagaId(saga)
  return {
    requestId: request.id,
    principal: principal?.name ?? null,
    saidBy: textOf(body['actor']),
    action: `${method} ${routeOptions.url?.replace(':letter', digitsOf(letter))}`,
    sagaId,
    sagaName: sagaId === null ? (storable(saga) ?? textOf(body['saga'])) : null,
    reason: textOf(body['reason']),
    outcome,
  }
}

/** History names the one who is logged in, and whom they say they act for. */
function nameActor(request: FastifyRequest, name: string): void {
  const body = request.body as { actor?: string }
  const said = body.actor
  body.actor = said === undefined || said === name ? name : `${said} (by ${name})`
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** Letters have no saga; which one it was about stands in the action. */
function digitsOf(letter: string | undefined): string {
  return letter !== undefined && /^\d{1,18}$/.test(letter) ? letter : ':letter'
}

/** Paths may hold what Postgres has no place for; longer ones are cut. */
function storable(text: string | undefined): string | null {
  return text === undefined ? null : text.replaceAll('\0', '').slice(0, 200)
}

function listed<T>(hooks: T | T[] | undefined): T[] {
  if (hooks === undefined) return []
  return Array.isArray(hooks) ? hooks : [hooks]
}
