// How the payment service carries out its commands, all that share a transaction at once.
import {
  type CommandOf,
  event,
  type Handler,
  handleBatch,
  type OutcomeOf,
  refused,
  succeeded,
  type Tx,
} from '../../participant/index.ts'
import {
  paymentDeclined,
  paymentRefunded,
  paymentTaken,
  refundPayment,
  takePayment,
} from '../contracts/payments.ts'
import { serviceError } from '../errors.ts'
import { insertPayments, type NewPayment, refundPayments } from './payments-store.ts'

type TakePayment = CommandOf<typeof takePayment>
type TakeOutcome = OutcomeOf<typeof takePayment>

export type PaymentRules = {
  /** In cents; a greater amount is declined. */
  readonly amountMax: number
}

export function paymentCommands(rules: PaymentRules): readonly Handler[] {
  return [
    handleBatch(takePayment, (tx, commands) => takePayments(tx, commands, rules)),
    handleBatch(refundPayment, refundPaymentsOf),
  ]
}

/** A declined payment leaves its row too: what a refusing handler wrote is committed. */
async function takePayments(
  tx: Tx,
  commands: readonly TakePayment[],
  rules: PaymentRules,
): Promise<readonly TakeOutcome[]> {
  // Not awaited: the answers do not depend on it, and the commit fails if it does.
  void insertPayments(
    tx,
    commands.map((command) => newPayment(command, rules)),
  )
  return commands.map((command) => outcomeOf(command, rules))
}

function newPayment(command: TakePayment, rules: PaymentRules): NewPayment {
  const { customerId, amount } = command.payload
  const status = refusalOf(command, rules) === null ? 'TAKEN' : 'DECLINED'
  return { sagaId: command.sagaId, customerId, amount, status }
}

/** A payment is known by its saga's id. */
function outcomeOf(command: TakePayment, rules: PaymentRules): TakeOutcome {
  const paymentId = command.sagaId
  const { amount } = command.payload
  const reason = refusalOf(command, rules)
  if (reason !== null) {
    const declined = event(paymentDeclined, { data: { paymentId, amount, reason } })
    return refused(reason, { events: [declined] })
  }
  const taken = event(paymentTaken, { data: { paymentId, amount } })
  return succeeded({ paymentId }, { events: [taken] })
}

function refusalOf({ payload }: TakePayment, { amountMax }: PaymentRules) {
  if (payload.decline === true) return 'declined-on-demand'
  return payload.amount > amountMax ? 'amount-over-limit' : null
}

async function refundPaymentsOf(tx: Tx, commands: readonly CommandOf<typeof refundPayment>[]) {
  const sagaIds = commands.map((command) => command.sagaId)
  const refunded = await refundPayments(tx, sagaIds)
  const other = sagaIds.find((sagaId) => !refunded.has(sagaId))
  if (other !== undefined) throw serviceError('PAYMENT_NOT_TAKEN', { sagaId: other })
  return commands.map(({ sagaId: paymentId, payload: { amount } }) =>
    succeeded(null, { events: [event(paymentRefunded, { data: { paymentId, amount } })] }),
  )
}
