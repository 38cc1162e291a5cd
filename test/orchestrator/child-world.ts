// What tests of child sagas look at: rows of parents and children, and commands written by hand.
import type { SagaId } from '../../messaging/message.ts'
import { childSagaId } from '../../orchestrator/coordinator/child-id.ts'
import { commandId } from '../../orchestrator/engine/command-id.ts'
import { awaitUntil } from '../system/await-until.ts'
import type { EngineWorld } from './engine-world.ts'

export type SagaRow = {
  readonly id: SagaId
  readonly name: string
  readonly status: string
  readonly ended_at: Date | null
  readonly snapshot: {
    readonly parent?: { readonly sagaId: string }
    readonly output?: unknown
    readonly failure: { readonly reason: unknown } | null
    readonly stuck: unknown
  }
}

export async function rowsOf(world: EngineWorld, name: string): Promise<readonly SagaRow[]> {
  const { rows } = await world.sagasDb.query<SagaRow>(
    'select id, name, status, ended_at, snapshot from sagas where name = $1 order by id',
    [name],
  )
  return rows
}

/** Of the only saga of that name. */
export async function awaitStatus(
  world: EngineWorld,
  name: string,
  status: string,
): Promise<SagaRow> {
  return awaitUntil(`${name} is ${status}`, async () => {
    const [row] = await rowsOf(world, name)
    return row?.status === status && row
  })
}

export const strangerId = '0198c5a0-0000-7000-8000-000000000001' as SagaId
const issuedAt = new Date('2026-05-01T10:00:00.000Z')

/** The child of that visit of the stranger's step. */
export function childOf(visit: number): SagaId {
  const key = { sagaId: strangerId, step: 'deliver', visit, direction: 'do' } as const
  return childSagaId(commandId(key), issuedAt.getTime())
}

/** A child command of a parent that is not here, as its orchestrator would send it. */
export async function writeCommand(
  world: EngineWorld,
  given: {
    readonly visit: number
    readonly direction: 'do' | 'undo'
    readonly attempt?: number
    readonly payload?: unknown
    readonly headers?: Readonly<Record<string, string>>
  },
): Promise<void> {
  const { visit, direction, attempt = 1 } = given
  const payload = given.payload ?? { saga: 'deliver', version: 1, input: { parcel: 'by hand' } }
  await world.kafka.write({
    topic: 'sagaline.starts',
    key: strangerId,
    value: Buffer.from(JSON.stringify(payload)),
    headers: {
      ce_specversion: '1.0',
      'content-type': 'application/json',
      ce_id: commandId({ sagaId: strangerId, step: 'deliver', visit, direction }),
      ce_source: 'sagaline',
      ce_type: direction === 'do' ? 'sagaline.run-saga' : 'sagaline.undo-saga',
      ce_sagaid: strangerId,
      ce_step: 'deliver',
      ce_visit: String(visit),
      ce_direction: direction,
      ce_attempt: String(attempt),
      ce_issuedat: issuedAt.toISOString(),
      ce_replyto: 'sagaline.replies',
      ...given.headers,
    },
  })
}

export type Answer = {
  readonly command: string
  readonly outcome: string
  readonly attempt: string
  readonly data: unknown
}

/** What the stranger was answered, in order. */
export async function answersToStranger(world: EngineWorld): Promise<readonly Answer[]> {
  const records = await world.kafka.read('sagaline.replies')
  return records
    .filter(({ key }) => key?.toString() === strangerId)
    .map(({ headers, value }) => ({
      command: String(headers['ce_causationid']).slice(strangerId.length + 1),
      outcome: String(headers['ce_outcome']),
      attempt: String(headers['ce_attempt']),
      data: JSON.parse(String(value)) as unknown,
    }))
}
