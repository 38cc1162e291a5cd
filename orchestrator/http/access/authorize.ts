// Decides whether somebody who is logged in may do what a request asks. Sagas that they may not
// even look at are answered as if they were not there.
import type { FastifyRequest } from 'fastify'
import type { SagaId } from '../../../messaging/message.ts'
import { orchestratorError } from '../../errors.ts'
import { sagaIdOf } from '../saga-id.ts'
import { mayDo, type Principal } from './principal.ts'
import type { RouteAccess } from './route-access.ts'

/** Answers the name of a saga, or null when it is not there. */
export type NameOf = (id: SagaId) => Promise<string | null>

/** What the path says, before the body is read. @throws FORBIDDEN, and what hides a saga. */
export async function authorizePath(
  request: FastifyRequest,
  { scope, role }: RouteAccess,
  nameOf: NameOf,
): Promise<void> {
  const { principal } = request
  if (principal === null || scope === 'open' || scope === 'body') return
  if (mayDo(principal, role, null)) return
  if (scope === 'all') throw forbidden(role, null)
  if (scope === 'any') {
    if (principal.grants.some(({ saga }) => mayDo(principal, role, saga))) return
    throw forbidden(role, null)
  }
  const { saga } = request.params as { readonly saga: string }
  if (scope === 'name') {
    check({ principal, role, saga, hidden: orchestratorError('SAGA_NAME_UNKNOWN', { name: saga }) })
    return
  }
  const id = sagaIdOf(saga)
  const hidden = orchestratorError('SAGA_NOT_FOUND', { id })
  const name = await nameOf(id)
  if (name === null) throw hidden
  check({ principal, role, saga: name, hidden })
}

/** Where the body names the saga; it fits its schema. @throws FORBIDDEN, SAGA_KEY_UNKNOWN. */
export function authorizeBody({ principal, body }: FastifyRequest, { role }: RouteAccess): void {
  if (principal === null) return
  const { saga, businessKey } = body as { readonly saga: string; readonly businessKey: string }
  const hidden = orchestratorError('SAGA_KEY_UNKNOWN', { saga, businessKey })
  check({ principal, role, saga, hidden })
}

type Question = Pick<RouteAccess, 'role'> & {
  readonly principal: Principal
  readonly saga: string
  /** What is answered to whoever may not know of it. */
  readonly hidden: Error
}

function check({ principal, role, saga, hidden }: Question): void {
  if (mayDo(principal, role, saga)) return
  throw mayDo(principal, 'viewer', saga) ? forbidden(role, saga) : hidden
}

function forbidden(role: RouteAccess['role'], saga: string | null): Error {
  return orchestratorError('FORBIDDEN', { role, saga: saga ?? 'all sagas' })
}
