// The kit: speaks to a participant over Kafka as an orchestrator would on its worst day, and says
// whether it keeps the protocol. It kills nothing and reads no more than the topic of replies, and
// the effect where SQL was given. Every wait has a limit.
import { BreachedError } from './breached.ts'
import type { BreachName } from './breaches.ts'
import type { Check } from './check.ts'
import { doChecks } from './do-checks.ts'
import { Exchange } from './exchange.ts'
import type { Sample } from './sample.ts'
import { spoiledChecks } from './spoiled-checks.ts'
import type { Talk } from './talk.ts'
import { undoChecks, undoMisfit } from './undo-checks.ts'
import type { Spoken, Wire } from './wire.ts'

export type CheckResult = {
  readonly command: string
  readonly check: string
  readonly says: string
  readonly verdict: 'passed' | 'skipped'
  /** Why it was skipped. */
  readonly reason: string | null
}

export type Breach = {
  readonly name: BreachName
  readonly command: string
  readonly check: string
  readonly detail: string
  readonly messages: readonly Spoken[]
}

export type Certificate = {
  /** The name that the participant gave itself. */
  readonly service: string | null
  readonly topic: string
  /** ISO 8601. */
  readonly at: string
  /** False: without SQL nobody looked at what took effect. */
  readonly isEffectSeen: boolean
  readonly repliesReceived: number
  /** Up to the breach, where there is one. */
  readonly checks: readonly CheckResult[]
  /** The first one; null: the participant keeps the protocol, as far as it was looked at. */
  readonly breach: Breach | null
}

/** @throws what Kafka and SQL throw. */
export async function certify(wire: Wire, samples: readonly Sample[]): Promise<Certificate> {
  const exchange = new Exchange(wire)
  const checks: CheckResult[] = []
  let breach: Breach | null = null
  try {
    for (const sample of samples) {
      breach ??= await certifyCommand({ wire, exchange, sample, checks })
    }
  } finally {
    exchange.close()
  }
  return {
    ...{ service: exchange.source, topic: wire.commands, at: wire.clock.now().toISOString() },
    ...{ isEffectSeen: wire.effectOf !== null, repliesReceived: exchange.received },
    ...{ checks, breach },
  }
}

type Certifying = {
  readonly wire: Wire
  readonly exchange: Exchange
  readonly sample: Sample
  readonly checks: CheckResult[]
}

async function certifyCommand(certifying: Certifying): Promise<Breach | null> {
  const { exchange, sample, wire } = certifying
  const running: Running[] = []
  const all = [...doChecks, ...undoChecks]
  // The first alone: where nothing works there is no use in all the rest.
  for (const group of [all.slice(0, 1), all.slice(1), [undoMisfit]]) {
    const breach = await runTogether(certifying, group, running)
    if (breach !== null) return breach
  }
  for (const check of spoiledChecks(sample)) {
    const ran = check.run(exchange, wire)
    const breach = await settle(certifying, { check, ran })
    if (breach !== null) return breach
    running.push({ check, ran })
  }
  // Once more, when whatever was late is there.
  for (const { check, ran } of running) {
    for (const talk of await ran) {
      const breach = await breachOf(certifying, check, () => talk.last())
      if (breach !== null) return breach
    }
  }
  return null
}

type Named = { readonly name: string; readonly says: string }
type Running = { readonly check: Named; readonly ran: Promise<readonly Talk[]> }

/** Side by side, each about a saga of its own; judged in their order. */
async function runTogether(
  certifying: Certifying,
  group: readonly Check[],
  running: Running[],
): Promise<Breach | null> {
  const { exchange, sample, checks } = certifying
  const started = group.map((check) => {
    const reason = check.lacks?.(sample) ?? null
    return { check, reason, ran: reason === null ? talkAbout(exchange, sample, check) : null }
  })
  await Promise.allSettled(started.map(({ ran }) => ran))
  for (const { check, reason, ran } of started) {
    const { name, says } = check
    if (ran === null) {
      checks.push({ command: sample.name, check: name, says, verdict: 'skipped', reason })
      continue
    }
    const breach = await settle(certifying, { check, ran })
    if (breach !== null) return breach
    running.push({ check, ran })
  }
  return null
}

async function talkAbout(
  exchange: Exchange,
  sample: Sample,
  check: Check,
): Promise<readonly Talk[]> {
  const talks: Talk[] = []
  const open = async () => {
    const talk = await exchange.open(sample)
    talks.push(talk)
    return talk
  }
  await check.run(await open(), open)
  return talks
}

async function settle(certifying: Certifying, { check, ran }: Running): Promise<Breach | null> {
  const breach = await breachOf(certifying, check, () => ran)
  if (breach !== null) return breach
  const { name, says } = check
  const { sample, checks } = certifying
  checks.push({ command: sample.name, check: name, says, verdict: 'passed', reason: null })
  return null
}

async function breachOf(
  { sample }: Certifying,
  { name: check }: Named,
  run: () => Promise<unknown>,
): Promise<Breach | null> {
  try {
    await run()
    return null
  } catch (error) {
    if (!(error instanceof BreachedError)) throw error
    const { breach: name, message: detail, spoken: messages } = error
    return { name, command: sample.name, check, detail, messages }
  }
}
