// Bugs to be planted in the engine and the coordinator: what is changed, and where.
import type { PlantedBug } from './planted-bug.ts'

export const engineBugs: readonly PlantedBug[] = [
  {
    name: 'a reply moves the saga without a look whether it is awaited',
    file: 'orchestrator/engine/reply.ts',
    find: '  if (isEnded(move.saga)) return false\n',
    put: '  if (isEnded(move.saga)) return false\n  if (direction === "do") return true\n',
  },
  {
    name: 'an unknown outcome is not undone',
    file: 'orchestrator/engine/compensate.ts',
    find: "undo === 'none' && (outcome === 'done' || outcome === 'unknown')",
    put: "undo === 'none' && outcome === 'done'",
  },
  {
    name: 'undos go forward',
    file: 'orchestrator/engine/undo-order.ts',
    find: 'if (last < 0 || isAfter(place, lastPlace))',
    put: 'if (last < 0 || isAfter(lastPlace, place))',
  },
  {
    name: 'a saga turns back past its pivot',
    file: 'orchestrator/engine/compensate.ts',
    find: "      stepDefinition(move, name).kind !== 'compensatable',",
    put: "      stepDefinition(move, name).kind === 'pivot' && outcome === 'skipped',",
  },
  {
    name: 'timeouts come too early',
    file: 'orchestrator/engine/move.ts',
    find: 'const timeoutAt = move.now + policyOf(move, { index, direction }).timeoutMs',
    put: 'const timeoutAt = move.now + policyOf(move, { index, direction }).timeoutMs / 50',
  },
  {
    name: 'a resend has a new id',
    file: 'orchestrator/coordinator/command-message.ts',
    find: '    id,\n    type: contract.name,',
    put: "    id: (attempt > 1 ? id + 'x' + attempt : id) as MessageId,\n    type: contract.name,",
  },
  {
    name: 'an operator’s verb that comes again is carried out again',
    file: 'orchestrator/engine/taken.ts',
    find: '  return saga.taken.includes(key)\n',
    put: "  return saga.taken.includes(key + '?')\n",
  },
  {
    name: 'commands are published before the commit',
    file: 'orchestrator/coordinator/move-sagas.ts',
    find: "  await onPoint('advance.before-commit')\n  const mark",
    put: `  const { toMessage } = await import('./command-message.ts')
  await given.publisher.publishPart(batchId, {
    messages: guess.commands.map(({ command, cause }) => toMessage(given.cipher, command, cause)),
    events: [],
  })
  await onPoint('advance.before-commit')
  const mark`,
  },
  {
    name: 'replies of sagas that were moved elsewhere meanwhile are forgotten',
    file: 'orchestrator/coordinator/advance-sagas.ts',
    find: '      return jobs.filter((job) => !isMoved(job))\n',
    put: '      return []\n',
  },
  {
    name: 'a publish batch is forgotten before its messages are confirmed',
    file: 'orchestrator/coordinator/batch-publisher.ts',
    find: '    this.#inFlight.add(batchId)\n    // Every',
    put: '    this.#inFlight.add(batchId)\n    this.forget([batchId])\n    // Every',
  },
  {
    name: 'recovery never looks',
    file: 'orchestrator/coordinator/recovery.ts',
    find: '    this.#ended ??= this.#run()\n',
    put: '    this.#ended ??= Promise.resolve()\n',
  },
  {
    name: 'recovery brings out commands and forgets lifecycle events',
    file: 'orchestrator/coordinator/recovery.ts',
    find: '.flatMap(lifecycleMessages)',
    put: '.slice(0, 0).flatMap(lifecycleMessages)',
  },
  {
    name: 'the starts of children whose answers were lost are not answered again',
    file: 'orchestrator/coordinator/start-sagas.ts',
    find: 'const isAnswered = repeat !== null && child?.undoCommandId === null',
    put: 'const isAnswered = false',
  },
  {
    name: 'semantic locks are kept for ever',
    file: 'orchestrator/coordinator/settle-locks.ts',
    find: '    if (leaving.length > 0) for',
    put: '    if (leaving.length > 1_000) for',
  },
  {
    name: 'events for another instance are dropped',
    file: 'orchestrator/coordinator/reply-intake.ts',
    find: '  await holdEvents(given.db, given.rows, held)\n',
    put: '',
  },
  {
    name: 'dead letters are not parked',
    file: 'orchestrator/coordinator/reply-intake.ts',
    find: '  await park(given.db, letters)\n',
    put: '',
  },
  {
    name: 'a child saga has a new id each time',
    file: 'orchestrator/coordinator/child-id.ts',
    find: '.update(commandId)',
    put: '.update(commandId + performance.now())',
  },
  {
    name: 'starts forget their idempotency keys',
    file: 'orchestrator/coordinator/begin-start.ts',
    find: '    key: idempotencyKey,\n',
    put: '    key: idempotencyKey === null ? null : idempotencyKey + sagaId,\n',
  },
  {
    name: 'timers of sagas that have ended stay',
    file: 'orchestrator/coordinator/fold-sagas.ts',
    find: "isWoken ? 'keep' : 'drop'",
    put: "isWoken ? 'keep' : 'keep'",
  },
  {
    name: 'a late success that nobody undoes is not flagged',
    file: 'orchestrator/engine/reply.ts',
    find: '  if (!isKnown) flag(move,',
    put: '  if (isKnown) flag(move,',
  },
  {
    name: 'a statement that nobody waits for ends the process when it fails',
    file: 'orchestrator/coordinator/insert-apart.ts',
    find: 'const [stored, now] = await Promise.all([findSagas(tx, cipher, idsOf(starts)), readClock(tx)])',
    put: `const sent = findSagas(tx, cipher, idsOf(starts))
  const now = await readClock(tx)
  const stored = await sent`,
  },
  {
    name: 'sagas are read without a lock',
    file: 'test/simulate/store/statements/saga-writes.ts',
    find: 'const saga = yield* lock(on, sagas, id)\n    if (saga !== null) locked',
    put: 'const saga = find(on, sagas, id)\n    if (saga !== null) locked',
  },
]
