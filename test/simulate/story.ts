// What is remembered of a run: breaches of promises, hazards that were met, and, when it is asked
// for, every step with its virtual time and process.
import type { Log, LogFields } from '../../messaging/log.ts'

export type Breach = { readonly name: string; readonly subject: string }

export class Story {
  readonly breaches: Breach[] = []
  readonly hazards = new Map<string, number>()
  readonly lines: string[] = []
  readonly #isTold: boolean
  readonly #nowMs: () => number

  constructor(given: { readonly isTold: boolean; readonly nowMs: () => number }) {
    this.#isTold = given.isTold
    this.#nowMs = given.nowMs
  }

  get isTold(): boolean {
    return this.#isTold
  }

  breach(name: string, subject: string): void {
    this.breaches.push({ name, subject })
    this.tell('referee', `BREACH ${name}: ${subject}`)
  }

  seen(hazard: string, times = 1): void {
    this.hazards.set(hazard, (this.hazards.get(hazard) ?? 0) + times)
  }

  tell(who: string, what: string): void {
    if (this.#isTold)
      this.lines.push(`${this.#nowMs().toFixed(3).padStart(12)} ${who.padEnd(16)} ${what}`)
  }

  /** The log of a process: counted as hazards where its events are such, told otherwise. */
  log(who: string): Log {
    const write = (event: string, fields?: LogFields) => {
      const hazard = hazardsOfLog[event]
      if (hazard !== undefined) this.seen(hazard)
      if (this.#isTold) this.tell(who, `${event} ${textOf(fields)}`)
    }
    return { debug: write, info: write, warn: write, error: write }
  }
}

const hazardsOfLog: Readonly<Record<string, string>> = {
  'recovery.batches': 'leftover batches brought out',
  'advance.saga.held': 'saga whose row somebody holds',
  'advance.batch.failed': 'batch of replies tried again',
  'replies.held': 'new version while in flight: reply held for another instance',
  'starts.held': 'new version while in flight: start held',
  'outbox.relay.failed': 'outbox relay failed and went on',
  'publisher.batch.failed': 'publication not confirmed, sent again',
  'subscription.batch.failed': 'batch delivered again',
}

function textOf(fields: LogFields = {}): string {
  const plain = Object.entries(fields).map(([name, value]) => {
    if (value instanceof Error) return `${name}=${value.name}: ${value.message}`
    return `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`
  })
  return plain.join(' ').slice(0, 300)
}
