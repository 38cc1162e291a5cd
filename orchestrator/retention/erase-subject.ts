// Erases a person: destroys the key that the data of their sagas is encrypted with, in rows, history,
// lifecycle events and archives alike. Refused while a saga needs the data; forced, what lives is
// terminated first.
import type { Db } from '../../messaging/db.ts'
import { SagalineError } from '../../messaging/errors.ts'
import type { SagaId } from '../../messaging/message.ts'
import type { Operated } from '../engine/event.ts'
import { orchestratorError } from '../errors.ts'
import {
  destroySubjectKeys,
  findNeedingSagas,
  findSubjectKeys,
  lockSubjectKeys,
} from '../store/subject-keys.ts'
import type { SubjectRing } from '../store/subject-ring.ts'

export type EraseRequest = {
  /** As the definitions name it. */
  readonly subject: string
  readonly actor: string
  readonly reason: string
  /** Terminates what lives: nothing of it is undone. */
  readonly isForced: boolean
}

export type Erased = {
  /** Sagas whose data nobody can read any more. */
  readonly sagas: number
  readonly terminated: readonly SagaId[]
}

export type EraseGiven = {
  readonly db: Db
  readonly subjects: SubjectRing
  readonly operate: (id: SagaId, event: Operated) => Promise<void>
  readonly newId: () => string
}

/** Living sagas of one person that one call terminates. */
const livingMax = 1_000

/**
 * @throws ERASURE_WITHOUT_KEYS, SUBJECT_UNKNOWN, SUBJECT_IN_USE, and what a terminate is refused
 * with.
 */
export async function eraseSubject(given: EraseGiven, request: EraseRequest): Promise<Erased> {
  const { db, subjects } = given
  if (!subjects.cipher.hasKeys) throw orchestratorError('ERASURE_WITHOUT_KEYS')
  const keys = await findSubjectKeys(db, subjects.fingerprints(request.subject))
  if (keys.length === 0) throw orchestratorError('SUBJECT_UNKNOWN')
  const terminated = request.isForced ? await terminateLiving(given, keys, request) : []
  const sagas = await db.transaction(async (tx) => {
    // Whoever starts a saga with the key has committed by then, and is seen.
    const held = await lockSubjectKeys(tx, keys)
    if (held.length === 0) throw orchestratorError('SUBJECT_UNKNOWN')
    const needing = await findNeedingSagas(tx, held, livingMax)
    const first = needing.find(({ isLiving }) => isLiving || !request.isForced)
    if (first !== undefined) {
      throw orchestratorError('SUBJECT_IN_USE', { count: needing.length, id: first.id })
    }
    return destroySubjectKeys(tx, held)
  })
  subjects.drop(keys)
  return { sagas, terminated }
}

async function terminateLiving(
  { db, operate, newId }: EraseGiven,
  keys: readonly string[],
  { actor, reason }: EraseRequest,
): Promise<readonly SagaId[]> {
  const terminated: SagaId[] = []
  for (const { id, isLiving } of await findNeedingSagas(db, keys, livingMax)) {
    if (!isLiving) continue
    const event: Operated = {
      type: 'operated',
      verb: 'terminate',
      requestId: newId(),
      actor,
      reason,
    }
    try {
      await operate(id, event)
      terminated.push(id)
    } catch (error) {
      // It came to its end by itself meanwhile.
      if (!(error instanceof SagalineError) || error.code !== 'SAGA_ENDED') throw error
    }
  }
  return terminated
}
