/** The waits for an end: when each is over, and that none is left behind. */
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { EndWaits } from '../../orchestrator/http/end-waits.ts'
import type { SagaView } from '../../orchestrator/store/saga-view.ts'
import { fakeEdge, saga, sagaId } from './fake-edge.ts'

const started = { id: sagaId, isNew: true } as const
const ended = saga({ status: 'completed' })
const forever = new Promise<never>(() => undefined)
const response = () => new ServerResponse(new IncomingMessage(new Socket()))

describe('a wait', () => {
  it('is over at the end of the saga, and answers it where it is known', async () => {
    const end = Promise.withResolvers<SagaView | null>()
    const waits = new EndWaits(fakeEdge({ waitForEnd: () => end.promise }), 1)
    const waited = waits.wait(started, 1_000, response())
    end.resolve(ended)
    expect(await waited).toBe(ended)
  })

  it('tells the edge whether the saga is new, as only then it cannot have ended yet', async () => {
    const waitForEnd = vi.fn(async () => null)
    const waits = new EndWaits(fakeEdge({ waitForEnd }), 1)
    await waits.wait({ id: sagaId, isNew: false }, 1_000, response())
    expect(waitForEnd).toHaveBeenCalledWith(sagaId, { timeoutMs: 1_000, isNew: false })
  })

  it('is over without an answer when its client goes, and makes room', async () => {
    const waits = new EndWaits(fakeEdge({ waitForEnd: () => forever }), 1)
    const gone = response()
    const waited = waits.wait(started, 1_000, gone)
    expect(await waits.wait(started, 1_000, response())).toBe('not-waited')
    gone.destroy()
    expect(await waited).toBe('not-waited')
    const next = waits.wait(started, 1_000, response())
    void waits.stop()
    expect(await next).toBe(null)
  })

  it('does not begin for a client that is gone already', async () => {
    const waitForEnd = vi.fn()
    const gone = response()
    gone.destroy()
    expect(await new EndWaits(fakeEdge({ waitForEnd }), 1).wait(started, 1_000, gone)).toBe(
      'not-waited',
    )
    expect(waitForEnd).not.toHaveBeenCalled()
  })

  it('is over when the server stops, which waits for the answer', async () => {
    const waits = new EndWaits(fakeEdge({ waitForEnd: () => forever }), 1)
    const answer = response()
    const waited = waits.wait(started, 1_000, answer)
    const order: string[] = []
    const stopped = waits.stop().then(() => order.push('stopped'))
    expect(await waited).toBe(null)
    order.push('answered')
    answer.destroy()
    await stopped
    expect(order).toEqual(['answered', 'stopped'])
  })

  it('does not begin while the server stops', async () => {
    const waits = new EndWaits(fakeEdge({ waitForEnd: () => forever }), 1)
    await waits.stop()
    expect(await waits.wait(started, 1_000, response())).toBe(null)
  })
})
