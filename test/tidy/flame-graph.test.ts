// Flame graphs: what a profile of Node says, as wide as it took.
import { expect, it } from 'vitest'
import { type CpuProfile, flameGraph, frameOf } from '../../bench/profile/flame-graph.ts'

const node = (id: number, functionName: string, children: readonly number[] = []) => ({
  id,
  children,
  callFrame: { functionName, url: '', lineNumber: 0 },
})

const profile: CpuProfile = {
  nodes: [
    node(1, '(root)', [2, 3, 4, 6]),
    node(2, 'main', [5]),
    node(3, '(idle)'),
    node(4, 'main', [7]),
    node(5, 'work'),
    node(6, 'a<b'),
    node(7, 'work'),
  ],
  samples: [2, 5, 3, 7, 6],
  timeDeltas: [10, 20, 1_000, 30, 40],
}

it('adds up what shares a name and a caller, without idle time', () => {
  const root = frameOf(profile)
  expect(root.micros).toBe(100)
  expect(root.children.map(({ name, micros }) => [name, micros])).toEqual([
    ['main', 60],
    ['a<b', 40],
  ])
  expect(root.children[0]?.children).toEqual([{ name: 'work', micros: 50, children: [] }])
})

it('is drawn by its shares', () => {
  const picture = flameGraph('orders', frameOf(profile))
  expect(picture).toContain('<title>work (50.0 %)</title><rect x="0.0"')
  expect(picture).toContain('width="600.0"')
  expect(picture).toContain('a&#60;b (40.0 %)')
})
