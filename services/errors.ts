// The error table of the example services.
import { type ErrorEntry, errorFactory } from '../participant/index.ts'

export const serviceErrors = {
  ORDER_NOT_PENDING: {
    message: 'The order of saga {sagaId} cannot become {status}: it is not PENDING.',
    status: 409,
    retryable: true,
  },
  PAYMENT_NOT_TAKEN: {
    message: 'The payment of saga {sagaId} cannot be refunded: it is not TAKEN.',
    status: 409,
    retryable: true,
  },
  MIGRATIONS_MISSING: {
    message:
      'The database of {service} lacks migrations; run: node services/{service}/main.ts migrate',
    status: 500,
    retryable: false,
  },
  REBUILD_LATE: {
    message: 'Generation {generation} of the view does not serve yet: look what the service says.',
    status: 504,
    retryable: true,
  },
} as const satisfies Record<string, ErrorEntry>

export const serviceError = errorFactory(serviceErrors)
