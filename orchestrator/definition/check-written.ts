// Refuses what was written as an item and has not even the shape of one: what types would not
// have let through. Called before the item is read; what it means is checked after that.

type Fields = Readonly<Record<string, unknown>>
type Shape = readonly [what: string, fits: (value: unknown) => boolean]

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null
const isFunction = (value: unknown): boolean => typeof value === 'function'

const aFunction: Shape = ['function', isFunction]

/** By field, for those that are written. */
const shapes: Readonly<Record<string, Shape>> = {
  send: ['command', (value) => isObject(value) && isFunction(value['checkPayload'])],
  saga: ['saga', (value) => isObject(value) && isFunction(value['checkInput'])],
  parallel: ['object of lists', (value) => isObject(value) && !Array.isArray(value)],
  choose: ['list of ways', (value) => Array.isArray(value) && value.every(isWay)],
  waitFor: ['signal', isSignal],
  approval: ['approval', isApproval],
  delayMs: ['number and no function', (value) => typeof value === 'number' || isFunction(value)],
  until: aFunction,
  forEach: aFunction,
  with: aFunction,
  undo: ['object', isObject],
}

/** The first rule that is broken, or null. */
export function writtenProblem(item: unknown): string | null {
  if (!isObject(item)) return 'an item of its steps is no object'
  const { name } = item
  if (typeof name !== 'string') return 'an item of its steps has no name'
  for (const [field, [what, fits]] of Object.entries(shapes)) {
    const value = item[field]
    if (value !== undefined && !fits(value)) return `${field} of ${name} is no ${what}`
  }
  return null
}

function isWay(value: unknown): boolean {
  return isObject(value) && (value['when'] === undefined || isFunction(value['when']))
}

/** `defineSignal` makes these. */
function isSignal(value: unknown): boolean {
  return isObject(value) && typeof value['name'] === 'string' && isFunction(value['check'])
}

function isApproval(value: unknown): boolean {
  if (!isObject(value) || typeof value['by'] !== 'string') return false
  const { escalate } = value
  return escalate === undefined || (isObject(escalate) && typeof escalate['to'] === 'string')
}
