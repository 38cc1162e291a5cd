// The sagas of a world at rest, with their histories, as the checks read them.
import type { SagaId } from '../../../messaging/message.ts'
import type { SagaDefinition } from '../../../orchestrator/definition/saga-definition.ts'
import type { Fact, SagaEvent } from '../../../orchestrator/engine/event.ts'
import { ordinary, type Saga, type SagaStatus } from '../../../orchestrator/engine/saga.ts'
import { allDefinitions, type World } from '../world/sim-world.ts'

export type SagaRecord = {
  readonly saga: Saga
  readonly snapshot: string
  readonly endedAt: number | null
  readonly definition: SagaDefinition | null
  readonly history: readonly EntryRecord[]
}

export type EntryRecord = {
  readonly seq: number
  readonly at: number
  readonly status: string
  readonly event: SagaEvent
  readonly facts: readonly Fact[]
}

export function readSagas({ server }: World): readonly SagaRecord[] {
  const { tables } = server.database('sagas')
  return tables.sagas.committed().map((row) => {
    const id = row.id as SagaId
    const { name, version, revision, snapshot } = row
    const definition = allDefinitions.version(name, version)
    const history: EntryRecord[] = []
    for (const { committed } of tables.history.group(id)) {
      if (committed === null) continue
      const { seq, at, status, event, facts } = committed
      history.push({ seq, at, status, event: JSON.parse(event), facts: JSON.parse(facts) })
    }
    history.sort((a, b) => a.seq - b.seq)
    const status = row.status as SagaStatus
    const saga = { ...ordinary, ...JSON.parse(snapshot), id, name, version, status, revision }
    return { saga, snapshot, endedAt: row.ended_at, definition, history }
  })
}
