/** The `Prefer` header: RFC 7240 as far as `wait` goes. */
import { describe, expect, it } from 'vitest'
import { preferredWaitMs } from '../../orchestrator/http/prefer.ts'

const msMax = 60_000

describe('preferredWaitMs', () => {
  it.each([
    ['wait=10', 10_000],
    ['wait=0', 0],
    ['WAIT=10', 10_000],
    ['wait = 10', 10_000],
    ['wait="10"', 10_000],
    ['respond-async, wait=10', 10_000],
    ['wait=10; strict', 10_000],
    ['return="a, wait=5", wait=10', 10_000],
    ['wait=10, wait=20', 10_000],
    ['wait=999999999', msMax],
    ['wait=99999999999999', msMax],
    [`wait=${'9'.repeat(190)}`, msMax],
    ['handling=strict; wait=4, wait=10', 10_000],
    ['foo="please, wait=5", wait=10', 10_000],
  ])('reads %s', (header, ms) => {
    expect(preferredWaitMs(header, msMax)).toBe(ms)
  })

  it.each([
    undefined,
    '',
    'respond-async',
    'return=minimal; x=1',
    'awaiting=3',
    ',,',
    'handling=strict; wait=4',
    'foo="please wait"',
    'foo="never ends, wait=5',
    'do-wait',
    '"wait"=5',
  ])('finds no wait in %s', (header) => {
    expect(preferredWaitMs(header, msMax)).toBeNull()
  })

  it.each([
    'wait',
    'wait=',
    'wait=x',
    'wait=-1',
    'wait=1.5',
    'wait=1e3',
    'wait="1',
    'wait=1 2',
    'wait; x=1',
    'a, wait',
  ])('refuses %s', (header) => {
    expect(() => preferredWaitMs(header, msMax)).toThrow(
      expect.objectContaining({ code: 'REQUEST_INVALID' }),
    )
  })

  it('takes time in proportion to the longest header that is let in', () => {
    for (const text of ['"', '\\"', 'wait=', ' ', 'a,', ';=']) {
      const before = process.cpuUsage()
      try {
        preferredWaitMs(text.repeat(200), msMax)
      } catch {
        // Refused is as good as read here.
      }
      const { user } = process.cpuUsage(before)
      expect(user / 1_000).toBeLessThan(50)
    }
  })
})
