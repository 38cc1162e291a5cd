// Stands before every route: who is it, have they asked too often, may they do this. Where nobody
// logs in and nothing is limited, it adds nothing to a request.
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import { invariant, SagalineError } from '../../../messaging/errors.ts'
import { orchestratorError } from '../../errors.ts'
import type { Edge } from '../edge.ts'
import type { HttpLimits } from '../http-options.ts'
import { addAudit, auditRefusal, decorateAudit } from './audit.ts'
import { authorizeBody, authorizePath } from './authorize.ts'
import type { Principal } from './principal.ts'
import { addressOf, RateLimiter } from './rate-limit.ts'
import { accessTo, type LimitName, type RouteAccess } from './route-access.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Null where nobody logs in, and on open routes. */
    principal: Principal | null
  }
}

/** What a login that fails counts against the limit of its address. */
const failedLoginCost = 20

const limitNames = { starts: 'startsMax', verbs: 'verbsMax', reads: 'readsMax' } as const

export class Guard {
  readonly #edge: Edge
  readonly #limits: HttpLimits
  readonly #addresses: RateLimiter
  readonly #callers: Readonly<Record<LimitName, RateLimiter>>

  constructor(edge: Edge, limits: HttpLimits) {
    this.#edge = edge
    this.#limits = limits
    this.#addresses = new RateLimiter(limits.requestsMax)
    this.#callers = {
      starts: new RateLimiter(limits.startsMax),
      verbs: new RateLimiter(limits.verbsMax),
      reads: new RateLimiter(limits.readsMax),
    }
  }

  /** Must be called before any other hook and the first route is added. */
  addTo(app: FastifyInstance): void {
    app.decorateRequest('principal', null)
    decorateAudit(app)
    if (this.#limits.requestsMax > 0) {
      app.addHook('onRequest', async (request) => this.#limitAddress(request))
    }
    app.addHook('onRoute', (route) => {
      for (const method of [route.method].flat()) {
        const access = accessTo(method, route.url)
        invariant(access !== undefined, `${method} ${route.url} says who may call it`)
        this.#addHooks(route, access)
      }
    })
  }

  #addHooks(route: RouteOptions, access: RouteAccess): void {
    const hasLogin = this.#edge.logIn !== null
    const isLimited = this.#limits[limitNames[access.limit]] > 0
    if ((hasLogin || isLimited) && access.scope !== 'open') {
      const admit = (request: FastifyRequest) => this.#admit(request, access)
      route.onRequest = [...hooksOf(route.onRequest), admit]
    }
    if (hasLogin && access.scope === 'body') {
      const admit = async (request: FastifyRequest) =>
        this.#orRefuse(request, access, async () => authorizeBody(request, access))
      route.preHandler = [...hooksOf(route.preHandler), admit]
    }
    if (isAudited(access, hasLogin)) addAudit(route, this.#edge)
  }

  #limitAddress({ ip }: FastifyRequest): void {
    const waitMs = this.#addresses.take(addressOf(ip), this.#edge.clock.monotonicMs())
    if (waitMs > 0) throw rateLimited(this.#limits.requestsMax, waitMs)
  }

  async #admit(request: FastifyRequest, access: RouteAccess): Promise<void> {
    const { logIn, clock } = this.#edge
    if (logIn !== null) request.principal = await this.#logIn(request, logIn)
    const who = request.principal?.name ?? addressOf(request.ip)
    const waitMs = this.#callers[access.limit].take(who, clock.monotonicMs())
    if (waitMs > 0) throw rateLimited(this.#limits[limitNames[access.limit]], waitMs)
    await this.#orRefuse(request, access, () =>
      authorizePath(request, access, (id) => this.#edge.nameOf(id)),
    )
  }

  /** @throws LOGIN_REQUIRED, LOGIN_UNAVAILABLE. */
  async #logIn(request: FastifyRequest, logIn: NonNullable<Edge['logIn']>): Promise<Principal> {
    const token = /^bearer +([^\s]+)$/i.exec(request.headers.authorization ?? '')?.[1]
    const principal = token === undefined ? null : await logIn(token)
    if (principal !== null) return principal
    const now = this.#edge.clock.monotonicMs()
    if (token !== undefined) this.#addresses.take(addressOf(request.ip), now, failedLoginCost)
    throw orchestratorError('LOGIN_REQUIRED')
  }

  /** What somebody was not allowed to do is in the audit as well. */
  async #orRefuse(
    request: FastifyRequest,
    access: RouteAccess,
    authorize: () => Promise<void>,
  ): Promise<void> {
    try {
      await authorize()
    } catch (error) {
      if (error instanceof SagalineError && isAudited(access, true)) {
        await auditRefusal(request, this.#edge, error.code)
      }
      throw error
    }
  }
}

function isAudited({ audit }: RouteAccess, hasLogin: boolean): boolean {
  return audit === 'always' || (audit === 'with-login' && hasLogin)
}

function hooksOf<T>(hooks: T | T[] | undefined): T[] {
  if (hooks === undefined) return []
  return Array.isArray(hooks) ? hooks : [hooks]
}

function rateLimited(limit: number, waitMs: number): Error {
  return orchestratorError('RATE_LIMITED', { limit, retryAfterS: Math.ceil(waitMs / 1_000) })
}
