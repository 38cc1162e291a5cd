// The dashboard at `/dashboard/`: static files that `npm run build` made, open to everybody as the
// reference page is, since whatever they show they ask REST for. Every path that is no file of theirs
// is a view, and gets the page.
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { orchestratorError } from '../errors.ts'

/** At the same distance in the source tree and in the package. */
const builtFolder = fileURLToPath(new URL('../../dashboard/dist', import.meta.url))

/** Everything from here; a worker lays diagrams out. No style or script may stand in the page. */
const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Files under `assets` have their content's hash in their names. */
const caching = {
  page: 'no-cache',
  asset: 'public, max-age=31536000, immutable',
} as const

/** @throws DASHBOARD_MISSING from its routes where it was not built. */
export async function addDashboard(app: FastifyInstance, folder = builtFolder): Promise<void> {
  const assets = assetsIn(folder)
  // Swagger's page has a decorator of this name in its own room.
  await app.register(fastifyStatic, { root: folder, ...fileOptions })
  app.get('/', hidden, (_, reply) => reply.redirect('/dashboard/'))
  app.get('/dashboard', hidden, (_, reply) => reply.redirect('/dashboard/'))
  app.get('/dashboard/*', hidden, (request, reply) => {
    const path = (request.params as { readonly '*': string })['*']
    if (assets === null) throw orchestratorError('DASHBOARD_MISSING')
    if (!path.startsWith('assets/')) return sendFile(reply, 'index.html', caching.page)
    // By a list of what is there, so that no path leads anywhere else.
    if (assets.has(path)) return sendFile(reply, path, caching.asset)
    throw orchestratorError('ROUTE_NOT_FOUND', { method: 'GET', path: `/dashboard/${path}` })
  })
}

const hidden = { schema: { hide: true } } as const

const fileOptions = {
  serve: false,
  // Those of this page are set beside its policy.
  cacheControl: false,
  preCompressed: true,
  // Missing where nothing was built; its routes say so.
  suppressWarning: true,
} as const

function sendFile(reply: FastifyReply, path: string, cacheControl: string): FastifyReply {
  reply.headers({ 'content-security-policy': contentPolicy, 'cache-control': cacheControl })
  return reply.sendFile(path)
}

/** Null where nothing was built. */
function assetsIn(folder: string): ReadonlySet<string> | null {
  if (!existsSync(`${folder}/index.html`)) return null
  return new Set(readdirSync(`${folder}/assets`).map((name) => `assets/${name}`))
}
