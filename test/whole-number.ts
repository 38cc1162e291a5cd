// Numbers on the command lines of the test programs: one that is none must not make a run that
// does nothing and says that all is well.

/** Null where it is left out. @throws Error for what is no whole number from `least` up. */
export function wholeNumber(
  text: string | undefined,
  { name, least }: { readonly name: string; readonly least: number },
): number | null {
  if (text === undefined) return null
  const number = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number
  const { MAX_SAFE_INTEGER: most } = Number
  throw new Error(`--${name} must be a whole number of at least ${least} and at most ${most}`)
}
