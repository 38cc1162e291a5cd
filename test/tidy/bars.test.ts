// The picture of a report with many engines: every kind of process has a colour of its own, and the
// legend stays inside the picture.
import { expect, it } from 'vitest'
import { barChart } from '../../bench/svg-bars.ts'

const kinds = Array.from({ length: 15 }, (_, at) => `kind ${at}`)
const parts = Object.fromEntries(kinds.map((kind, at) => [kind, at + 1]))
const width = 860

it('a legend of many kinds stays inside, and no two have one colour', () => {
  const { body } = barChart({ title: 'many', bars: [{ group: 'one', name: 'engine', parts }] })
  const legend = [
    ...body.matchAll(/<rect x="(\d+)" y="\d+" width="10" height="10" fill="([^"]+)"/g),
  ]
  expect(new Set(legend.map(([, , colour]) => colour)).size).toBe(kinds.length)
  for (const [, x] of legend) expect(Number(x)).toBeLessThan(width - 100)
})
