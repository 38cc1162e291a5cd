// Bugs to be planted in the messaging kit and the participant kit: what is changed, and where.
import type { PlantedBug } from './planted-bug.ts'

export const messagingBugs: readonly PlantedBug[] = [
  {
    name: 'offsets are marked before the work is done',
    file: 'messaging/batch-loop.ts',
    find: '    const stay = this.#unsettled.add(batch)\n',
    put: '    const stay = this.#unsettled.add(batch)\n    batch.settle()\n    this.#options.onSettled?.()\n',
  },
  {
    name: 'offsets are marked past a batch that is not settled',
    file: 'messaging/offset-marks.ts',
    find: '  while (first?.isSettled === true) {',
    put: '  while (first !== undefined) {',
  },
  {
    name: 'a batch that failed is dropped',
    file: 'messaging/batch-loop.ts',
    find: '        await this.#pause(batch, error)\n      }\n    }\n',
    put: '        await this.#pause(batch, error)\n        return batch.settle()\n      }\n    }\n',
  },
  {
    name: 'a publication that failed counts as confirmed',
    file: 'messaging/publisher.ts',
    find: "        if (codeOf(error) === 'MESSAGE_TOO_LARGE')",
    put: "        if (codeOf(error) === 'PUBLISH_UNCONFIRMED') return this.#finishAll(items)\n        if (codeOf(error) === 'MESSAGE_TOO_LARGE')",
  },
  {
    name: 'a commit of unknown outcome counts as done',
    file: 'messaging/db.ts',
    find: "    throw messagingError('COMMIT_UNKNOWN', {}, answer)\n",
    put: '    return\n',
  },
  {
    name: 'a commit of unknown outcome counts as a bug',
    file: 'messaging/db.ts',
    find: "  if (code === 'COMMIT_ROLLED_BACK' || code === 'COMMIT_UNKNOWN') return true\n",
    put: "  if (code === 'COMMIT_UNKNOWN') return false\n",
  },
  {
    name: 'the answer to COMMIT and statements that failed are not looked at',
    file: 'messaging/db.ts',
    find: '  if (failed !== undefined) throw failed.reason\n',
    put: '  if (failed !== undefined) return\n',
  },
  {
    name: 'the outbox is emptied before its rows are confirmed',
    file: 'messaging/outbox-relay.ts',
    find: "    await this.#confirmed([...sending.values()])\n    await onPoint('outbox.after-publish-before-delete')\n    const sent = [...sending.values()].map((one) => one.sent).filter((one) => one !== null)\n",
    put: '    const sent = rows.map((row) => ({ row, error: null, code: null }))\n',
  },
  {
    name: 'a repeated command is dropped instead of answered',
    file: 'participant/run-wave.ts',
    find: "      plan.answers.push({ type: 'answered', received, answer: decision.answer })\n",
    put: '',
  },
  {
    name: 'there is no fence',
    file: 'participant/run-wave.ts',
    find: '  if (plan.inserts.length > 0) void insertFences(tx, plan.inserts).catch(() => undefined)\n',
    put: '',
  },
  {
    name: 'the fence is written outside the transaction',
    file: 'participant/run-wave.ts',
    find: '    write(tx, plan)\n',
    put: '    write(deps.db as never, plan)\n',
  },
  {
    name: 'an undo before its do is not remembered',
    file: 'participant/run-wave.ts',
    find: '      plan.inserts.push(blockedFence(received))\n',
    put: '',
  },
  {
    name: 'an undo takes what is asked for outside as not done',
    file: 'participant/fence.ts',
    find: "    case 'asked':\n    case 'done':\n      return { type: 'run' }\n",
    put: "    case 'asked':\n      return answered('succeeded', null)\n    case 'done':\n      return { type: 'run' }\n",
  },
  {
    name: 'what was done outside stays asked for',
    file: 'participant/settle-outside.ts',
    find: '        await settleAsked(tx, { ...command, state, ...storedAnswer(stored) })\n',
    put: '        void [settleAsked, state]\n',
  },
  {
    name: 'an undo that was done is not remembered',
    file: 'participant/run-wave.ts',
    find: '  if (plan.undone.length > 0) void markUndone',
    put: '  if (plan.undone.length > 1_000) void markUndone',
  },
  {
    name: 'a handler that throws has succeeded',
    file: 'participant/run-handlers.ts',
    find: '    const faults = work.map((received): Fault =>',
    put: "    if (work.length === 1) return { type: 'succeeded', data: { by: '', orderId: '', paymentId: '' }, events: [] } as T\n    const faults = work.map((received): Fault =>",
  },
  {
    name: 'commands are carried out and not answered',
    file: 'participant/running-participant.ts',
    find: "      await onPoint('participant.after-commit-before-reply')\n      add(this.#send(answers))\n",
    put: "      await onPoint('participant.after-commit-before-reply')\n      if (answers.length > 0) continue\n      add(this.#send(answers))\n",
  },
  {
    name: 'poison is neither handled nor parked',
    file: 'participant/running-participant.ts',
    find: '    if (poison.length > 0) add(this.#park(poison))\n',
    put: '',
  },
]
