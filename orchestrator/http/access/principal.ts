// Who is logged in, and what they may do: roles, each on the sagas of one name or of all. Pure.

/** Each may do what those before it may: look, start and steer, migrate. */
export const roles = ['viewer', 'operator', 'admin'] as const

export type Role = (typeof roles)[number]

export type Grant = {
  readonly role: Role
  /** The name of a saga, or `*` for all of them. */
  readonly saga: string
}

export type Principal = {
  /** What the audit calls them. */
  readonly name: string
  readonly grants: readonly Grant[]
}

const grantText = /^(viewer|operator|admin):([^\s:]{1,200})$/

/** `operator:place-order`, `viewer:*`; null for everything else. */
export function readGrant(text: string): Grant | null {
  const [, role, saga] = grantText.exec(text) ?? []
  return role === undefined || saga === undefined ? null : { role: role as Role, saga }
}

/** `saga` null: on all of them. */
export function mayDo({ grants }: Principal, role: Role, saga: string | null): boolean {
  const least = roles.indexOf(role)
  return grants.some(
    (grant) => roles.indexOf(grant.role) >= least && (grant.saga === '*' || grant.saga === saga),
  )
}

/** The names of the sagas that they may look at; null: all. */
export function visibleSagas(principal: Principal | null): readonly string[] | null {
  return sagasOf(principal, 'viewer')
}

/** The same, where only one name is asked for. */
export function visibleAmong(
  principal: Principal | null,
  name: string | undefined,
): readonly string[] | null {
  const visible = visibleSagas(principal)
  if (name === undefined) return visible
  return visible === null || visible.includes(name) ? [name] : []
}

/** The names of the sagas that they may tell verbs; null: all. */
export function steerableSagas(principal: Principal | null): readonly string[] | null {
  return sagasOf(principal, 'operator')
}

function sagasOf(principal: Principal | null, role: Role): readonly string[] | null {
  if (principal === null || mayDo(principal, role, null)) return null
  const names = principal.grants.map(({ saga }) => saga)
  return [...new Set(names.filter((saga) => mayDo(principal, role, saga)))]
}
