// How a broken promise is told.

export function check(isTrue: boolean, promise: string): asserts isTrue {
  if (!isTrue) throw new Error(`broken: ${promise}`)
}
