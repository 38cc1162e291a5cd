// An expense: the budget is reserved, a person approves, the money is paid out. Nobody answers for
// a day: it goes to the director. Nobody answers for three: the budget is free again.
import { Type } from 'typebox'
import { defineCommand, defineSaga } from '../../orchestrator/index.ts'

const Expense = Type.Object({ employee: Type.String(), cents: Type.Integer({ minimum: 1 }) })
const topic = 'budgets.commands'
const hourMs = 3_600_000

export const releaseBudget = defineCommand({ name: 'budgets.release', topic, payload: Expense })
export const reserveBudget = defineCommand({
  name: 'budgets.reserve',
  topic,
  payload: Expense,
  undo: releaseBudget,
})
export const payOut = defineCommand({ name: 'budgets.pay-out', topic, payload: Expense })

/** Above this a person must approve. */
const freeCents = 5_000

export const claimExpense = defineSaga({
  name: 'claim-expense',
  version: 1,
  input: Expense,
  attributes: ({ employee }) => ({ employee }),
  steps: [
    { name: 'reserve', send: reserveBudget },
    {
      name: 'check',
      choose: [
        {
          when: ({ input }) => input.cents > freeCents,
          steps: [
            {
              name: 'approve',
              approval: {
                by: 'team-lead',
                deadlineMs: 72 * hourMs,
                escalate: { afterMs: 24 * hourMs, to: 'director' },
              },
            },
          ],
        },
      ],
    },
    { name: 'payOut', kind: 'retriable', send: payOut },
  ],
})
