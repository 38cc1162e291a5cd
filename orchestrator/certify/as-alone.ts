// What a command does alone, to be held against what it does in company. Two sagas show it, one after
// the other, so that what differs from saga to saga anyway (times, numbers) counts for nothing.
import { isDeepStrictEqual } from 'node:util'
import type { BreachName } from './breaches.ts'
import type { OpenTalk } from './check.ts'
import type { Talk } from './talk.ts'

type Alone = { readonly open: OpenTalk; readonly alone: (talk: Talk) => Promise<unknown> }

/**
 * The effect is what `alone` has in sagas of their own, and stays so.
 * @throws BreachedError
 */
export async function mustBeAsAlone(
  talk: Talk,
  breach: BreachName,
  { open, alone }: Alone,
): Promise<void> {
  const found = await talk.effect()
  if (found === null) return
  await talk.keep(breach)
  const shown: unknown[] = []
  for (let told = 0; told < 2; told += 1) {
    const other = await open()
    await alone(other)
    shown.push(nameless(await other.effect(), other))
  }
  if (isLike(nameless(found, talk), shown)) return
  talk.fail(breach, `the SQL shows ${JSON.stringify(shown[0])} when it comes alone, here ${found}`)
}

/** Without the id of its saga. */
function nameless(effect: string | null, { sagaId }: Talk): unknown {
  return JSON.parse((effect ?? 'null').replaceAll(sagaId, 'saga'))
}

function isLike(found: unknown, [one, other]: readonly unknown[]): boolean {
  if (isDeepStrictEqual(one, other)) return isDeepStrictEqual(found, one)
  if (isTree(found) && isTree(one) && isTree(other)) {
    const names = Object.keys(one)
    if (!isDeepStrictEqual(names, Object.keys(other))) return true
    if (!isDeepStrictEqual(names, Object.keys(found))) return false
    return names.every((name) => isLike(found[name], [one[name], other[name]]))
  }
  return true
}

function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
