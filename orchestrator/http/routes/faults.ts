// Faults on purpose, in development: which services take some, one more, and none any more.
import { orchestratorError } from '../../errors.ts'
import type { FaultDoor } from '../fault-services.ts'
import { ClearBody, FaultBody, FaultsSchema } from '../schemas/fault-schemas.ts'
import { problems } from '../schemas/problem-schema.ts'
import { noQuery } from '../schemas/request-schemas.ts'
import { refTo } from '../schemas/shared-schemas.ts'
import type { AddRoute } from './route.ts'

const shared = { tags: ['faults'], querystring: noQuery } as const

const listSchema = {
  ...shared,
  operationId: 'list-faults',
  summary: 'Faults on purpose: which services can have some, and which they have',
  response: { 200: refTo(FaultsSchema), ...problems() },
} as const

const changed = {
  200: refTo(FaultsSchema),
  ...problems('FAULTS_OFF', 'FAULT_REFUSED', 'BODY_TOO_LARGE'),
} as const

const addSchema = {
  ...shared,
  operationId: 'add-fault',
  summary: 'The next commands of that name fail on purpose, of whatever saga they are',
  body: FaultBody,
  response: changed,
} as const

const clearSchema = {
  ...shared,
  operationId: 'clear-faults',
  summary: 'Take all faults of all services away',
  body: ClearBody,
  response: changed,
} as const

export const addFaults: AddRoute = (app, { edge: { faults } }) => {
  app.get('/faults', { schema: listSchema }, () => view(faults))
  app.post('/faults', { schema: addSchema }, async ({ body }) => {
    const { actor: _, reason: __, ...order } = body
    await allowed(faults).add(order)
    return view(faults)
  })
  app.post('/faults/clear', { schema: clearSchema }, async () => {
    await allowed(faults).clear()
    return view(faults)
  })
}

async function view(faults: FaultDoor | null) {
  return { isAllowed: faults !== null, services: (await faults?.list()) ?? [] }
}

/** @throws FAULTS_OFF */
function allowed(faults: FaultDoor | null): FaultDoor {
  if (faults === null) throw orchestratorError('FAULTS_OFF')
  return faults
}
