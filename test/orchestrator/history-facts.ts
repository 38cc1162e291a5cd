// What the history of sagas says, for tests that count: each fact as `type step direction#attempt`.
import type { Db } from '../../messaging/db.ts'
import type { Fact } from '../../orchestrator/engine/event.ts'

export async function factsOf(sagasDb: Db, sagaId: string): Promise<readonly string[]> {
  const { rows } = await sagasDb.query<{ readonly facts: readonly Fact[] }>(
    'select facts from history where saga_id = $1 order by seq',
    [sagaId],
  )
  return rows.flatMap(({ facts }) => facts).map(describeFact)
}

function describeFact({ type, step, direction, attempt }: Fact): string {
  return step === undefined ? type : `${type} ${step} ${direction}#${attempt}`
}

export function times(facts: readonly string[], fact: string): number {
  return facts.filter((one) => one === fact).length
}
