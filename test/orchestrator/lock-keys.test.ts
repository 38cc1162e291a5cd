// Which texts can be keys of semantic locks.
import { expect, it } from 'vitest'
import { checkLockKeys } from '../../orchestrator/coordinator/lock-keys.ts'

const check = (locks: readonly string[]) => () => checkLockKeys({ name: 'ship-parcel', locks })

it('takes different texts, whatever is in them', () => {
  expect(check(['van 1', 'van 2', '\u{1F690}', "'; drop table locks"])).not.toThrow()
})

it('refuses what Postgres would keep as something else, or twice', () => {
  for (const locks of [['\ud800', '\ud801'], ['a\0'], [''], ['x'.repeat(201)], ['a', 'a']]) {
    expect(check(locks), JSON.stringify(locks)).toThrow(
      expect.objectContaining({ code: 'SAGA_DEFINITION_FAILED' }),
    )
  }
})
