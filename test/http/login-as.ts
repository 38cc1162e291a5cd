/** An app where somebody logs in with the text of their roles, e.g. `Bearer viewer:*`. */

import { readGrant } from '../../orchestrator/http/access/principal.ts'
import type { App } from '../../orchestrator/http/app.ts'
import type { Edge } from '../../orchestrator/http/edge.ts'
import type { HttpLimits } from '../../orchestrator/http/http-options.ts'
import type { AuditEntry } from '../../orchestrator/store/access-audit.ts'
import { appWith } from './fake-edge.ts'

export type GuardedApp = { readonly app: App; readonly audit: readonly AuditEntry[] }

/** `nobody` is somebody without a role; an empty text logs in nobody. */
export async function guardedApp(
  changes: Partial<Edge> = {},
  limits: Partial<HttpLimits> = {},
): Promise<GuardedApp> {
  const audit: AuditEntry[] = []
  const logIn: Edge['logIn'] = async (token) => {
    const grants = token.split('+').flatMap((text) => readGrant(text) ?? [])
    return grants.length === 0 && token !== 'nobody' ? null : { name: 'ann', grants }
  }
  const write: Edge['audit'] = async (entry) => {
    audit.push(entry)
  }
  return { app: await appWith({ logIn, audit: write, ...changes }, limits), audit }
}

export const as = (roles: string) => ({ authorization: `Bearer ${roles}` })
