// Every run of a random saga ends as promised, whatever happens on the way.
import { describe, expect, it } from 'vitest'
import { explore } from './explore.ts'
import { rareCases } from './hard-cases.ts'

const runs = 20_000

describe('random sagas', () => {
  it('end as promised', () => {
    const seed = Math.floor(performance.timeOrigin + performance.now())
    console.info(`explored with: npm run explore -- --seed ${seed} --runs ${runs}`)
    const exploration = explore({ runs, seed })
    expect(exploration.failure?.text ?? null).toBeNull()
    expect(rareCases(exploration, 20), 'hard cases met in fewer than 20 of the runs').toEqual([])
  }, 600_000)
})
