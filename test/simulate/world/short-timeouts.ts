// Makes the place-order saga of the simulation impatient, so that its timeouts are of the size of
// the faults. Imported before the saga.

process.env['STEP_TIMEOUT_MS'] ??= '3000'
