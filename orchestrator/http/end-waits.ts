// The requests that wait for the end of a saga, because of `Prefer: wait`. Used by the route that
// starts sagas; ended early by the server when it stops.
import type { ServerResponse } from 'node:http'
import { PassingSet, type Shell } from '../../messaging/passing.ts'
import type { StartResult } from '../coordinator/start-saga.ts'
import type { SagaView } from '../store/saga-view.ts'
import type { Edge } from './edge.ts'

export class EndWaits {
  readonly #edge: Edge
  readonly #waitsMax: number
  /** Each ends one wait. */
  readonly #waiting = new PassingSet<() => void>()
  /** Waits over, their answers not yet out. */
  readonly #answering = new PassingSet<ServerResponse>()
  #isStopping = false
  #whenAnswered: (() => void) | null = null

  constructor(edge: Edge, waitsMax: number) {
    this.#edge = edge
    this.#waitsMax = waitsMax
  }

  /** True from `stop` on: the gate refuses new requests by it. */
  get isStopping(): boolean {
    return this.#isStopping
  }

  /**
   * Waits until the end, the time, or the server's stop; answers the saga where it is known then.
   * `not-waited` when there is no room, or nobody to answer any more: then nothing more should be
   * done for the request.
   */
  async wait(
    started: StartResult,
    timeoutMs: number,
    response: ServerResponse,
  ): Promise<SagaView | null | 'not-waited'> {
    if (this.#waiting.size >= this.#waitsMax || response.destroyed) return 'not-waited'
    const answering = this.#answering.add(response)
    response.once('close', () => this.#answered(answering))
    const mayWait = timeoutMs > 0 && !this.#isStopping
    const saga = mayWait ? await this.#untilEnd(started, timeoutMs, response) : null
    return response.destroyed ? 'not-waited' : saga
  }

  #untilEnd(
    { id, isNew }: StartResult,
    timeoutMs: number,
    response: ServerResponse,
  ): Promise<SagaView | null> {
    return new Promise((resolve) => {
      const settle = (saga: SagaView | null) => {
        this.#waiting.delete(waiting)
        response.removeListener('close', end)
        resolve(saga)
      }
      const end = () => settle(null)
      const waiting = this.#waiting.add(end)
      response.once('close', end)
      this.#edge.waitForEnd(id, { timeoutMs, isNew }).then(settle, end)
    })
  }

  #answered(answering: Shell<ServerResponse>): void {
    this.#answering.delete(answering)
    if (this.#answering.size === 0) this.#whenAnswered?.()
  }

  /** Ends every wait; resolves when all of them are answered. */
  async stop(): Promise<void> {
    this.#isStopping = true
    for (const end of [...this.#waiting]) end()
    if (this.#answering.size === 0) return
    await new Promise<void>((resolve) => {
      this.#whenAnswered = resolve
    })
  }
}
