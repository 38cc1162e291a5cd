// A promise with a deadline, for calls into kafkajs that may take for ever. The call itself goes
// on; whoever uses this must bear that.

const late = Symbol('late')

/** Rejects with `onLate()` when the promise has not settled in time. */
export async function within<T>(
  promise: Promise<T>,
  deadlineMs: number,
  onLate: () => Error,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const lateness = new Promise<typeof late>((resolve) => {
    timer = setTimeout(resolve, deadlineMs, late)
  })
  promise.catch(() => undefined)
  try {
    const first = await Promise.race([promise, lateness])
    if (first === late) throw onLate()
    return first
  } finally {
    clearTimeout(timer)
  }
}
