// The picture shows how many sagas ended in each second and every fault, in whatever it is given.
import { expect, it } from 'vitest'
import { drawPicture } from './picture.ts'

const fault = (kind: string, seen: string | null = 'it') => {
  return { kind, fromMs: 1_000, toMs: 2_000, seen, problem: 'none' }
}

it('has a bar with its name for every fault, and one row for those of a family', () => {
  const faults = [fault('broker.killed'), fault('brokers.rolled'), fault('clock.stepped')]
  const svg = drawPicture({ title: 'a run', endedPerSecond: [3, 0, 7], faults })
  const names = [...svg.matchAll(/<title>([^:]*):/g)].map(([, name]) => name)
  expect(names).toEqual(faults.map(({ kind }) => kind))
  expect([...svg.matchAll(/<text x="8"[^>]*>([^<]*)</g)].map(([, name]) => name)).toEqual([
    'broker',
    'clock',
  ])
  expect(svg).toContain('7 sagas/s')
})

it('is well-formed for a run in which nothing happened, and whatever a fault said', () => {
  expect(drawPicture({ title: '', endedPerSecond: [], faults: [] })).not.toMatch(/NaN|undefined/)
  const svg = drawPicture({
    title: '<&>',
    endedPerSecond: [1],
    faults: [fault('a.b', '<x> & "y"')],
  })
  expect(svg).toContain('&lt;x&gt; &amp; "y"')
  expect(svg).not.toContain('<x>')
})

it('marks a fault that did not happen', () => {
  const svg = drawPicture({ title: '', endedPerSecond: [1], faults: [fault('a.b', null)] })
  expect(svg).toContain('did not happen')
})
