// Makes things happen to a saga that is explored, and holds what is sent twice, too early or to
// the wrong one against the promise that it changes nothing.
import type { Json, MessageId, SagaId } from '../../messaging/message.ts'
import type { CommandToSend, SagaEvent, Verb } from '../../orchestrator/engine/event.ts'
import { plannedMigration } from '../../orchestrator/engine/migrate.ts'
import { planMigration } from '../../orchestrator/engine/plan-migration.ts'
import type { Behaviour } from '../engine/fence-world.ts'
import type { SagaRun } from '../engine/saga-run.ts'
import { check } from './check.ts'
import { Fault } from './fault.ts'
import type { Happening } from './happenings.ts'
import { type ExploredSaga, makeSaga } from './make-saga.ts'
import type { SagaShape } from './shape.ts'

export const parentOf = {
  sagaId: 'p1' as SagaId,
  step: 'child',
  visit: 1,
  commandId: 'p1/child/do/1' as MessageId,
  attempt: 1,
  replyTo: 'sagaline.replies',
} as const

export type Explored = {
  readonly run: SagaRun
  readonly shape: SagaShape
  readonly fault: Fault
  /** The version that the saga has. */
  saga: ExploredSaga
}

export class Happens {
  readonly #explored: Explored
  #ids = 0
  /** Nobody mends what never works, until then. */
  #isMended = false

  constructor(explored: Explored) {
    this.#explored = explored
  }

  get run(): SagaRun {
    return this.#explored.run
  }

  happen(what: Happening): void {
    const { run } = this
    switch (what.type) {
      case 'handle': {
        const command = newest(run.world.sent, what.pick)
        if (command) this.handle(command, what.behaviour)
        break
      }
      case 'deliver': {
        const reply = newest(run.world.replies, what.pick)
        if (reply) run.apply(reply)
        break
      }
      case 'wait':
        run.now += what.ms
        break
      case 'wake':
        run.now = Math.max(run.now, run.wakeAt ?? 0)
        run.apply({ type: 'woken' })
        break
      case 'wake-early':
        this.#wakeEarly()
        break
      case 'operate':
        this.operate(what.verb, what.effect)
        break
      case 'repeat':
        this.#repeat(what.pick)
        break
      case 'special':
        this.#special(what.pick)
        break
      case 'signal':
        this.signal(what.pick, what.isYes)
        break
      default:
        this.#misanswer(what.type, what.pick)
    }
  }

  /** The participant's answer, unless it is one that never does it. */
  handle(command: CommandToSend, behaviour: Behaviour) {
    const { shape, saga, run } = this.#explored
    const { doomed } = shape
    const names = [...saga.paths.keys()]
    const isDoomed =
      doomed !== null &&
      !this.#isMended &&
      doomed.direction === command.direction &&
      names[doomed.pick % names.length] === command.step
    return run.world.handle(command, isDoomed ? doomed.behaviour : behaviour)
  }

  /** Whatever was broken works again. */
  mend(): void {
    this.#isMended = true
    if (this.#explored.fault.isOn) this.run.seen.add('happened mended')
    this.#explored.fault.isOn = false
  }

  operate(verb: Verb, effect: 'done' | 'none' = 'done'): void {
    const requestId = `r${this.#ids++}`
    const by = { type: 'operated', requestId, actor: 'ann', reason: 'why' } as const
    const { stuck } = this.run.saga
    const step = stuck?.step ?? 'nothing'
    const output: Json = { visit: stuck?.visit ?? 1 }
    this.run.apply(verb === 'skip' ? { ...by, verb, step, effect, output } : { ...by, verb })
  }

  signal(pick: number, isYes: boolean): void {
    const { signals, approvals } = this.#explored.saga
    const names = [...signals, ...approvals]
    const name = names[pick % Math.max(names.length, 1)]
    if (name === undefined) return
    const data = approvals.includes(name) ? { approved: isYes } : null
    this.run.apply({ type: 'signalled', id: `s${this.#ids++}`, name, data, actor: 'ann' })
  }

  lock(): void {
    const { run } = this
    const { status } = run.saga
    run.apply({ type: 'locked' })
    run.seen.add(status === 'waiting' ? 'happened locked' : 'happened locked out of place')
    if (status !== 'waiting') this.#expectSilence('locks for a saga that does not wait for them')
  }

  /** Its parent takes it back. */
  revoke(): void {
    const { run } = this
    run.seen.add(`happened revoked while ${run.saga.status}`)
    run.apply({ type: 'revoked', commandId: 'p1/child/undo/1' as MessageId })
  }

  #special(pick: number): void {
    const { shape, fault } = this.#explored
    const specials = [
      ...(shape.lockTimeoutMs === null ? [] : [() => this.lock()]),
      ...(shape.isChild ? [() => this.revoke()] : []),
      ...(shape.migration === 'none' ? [] : [() => this.#migrate()]),
      ...(fault.isOn ? [() => this.mend()] : []),
    ]
    specials[pick % Math.max(specials.length, 1)]?.()
  }

  #migrate(): void {
    const { run, shape, saga } = this.#explored
    const from = saga.definition
    if (from.version > 1) return
    const to = makeSaga(shape, new Fault(null), 2)
    const startedAt = run.recorded[0]?.now ?? run.now
    const plan = planMigration({ from, to: to.definition, saga: run.saga, startedAt })
    run.seen.add(`happened migration ${plan.type}`)
    if (plan.type !== 'ok') return
    const by = { type: 'migrated', requestId: 'm1', actor: 'ann', reason: 'why' } as const
    const event = plannedMigration({ ...by, from: 1, to: 2, value: null, context: null }, plan)
    this.#explored.saga = to
    this.#explored.fault.isOn = false
    run.definition = to.definition
    run.apply(event)
    check(run.saga.version === 2, 'a migrated saga has the new version')
  }

  #wakeEarly(): void {
    const { run } = this
    const isEarly = run.wakeAt === null || run.wakeAt > run.now
    run.apply({ type: 'woken' })
    if (!isEarly) return
    run.seen.add('happened woken early')
    this.#expectSilence('a wake-up with nothing due')
  }

  /** What was taken changes nothing when it comes once more, whatever happened in between. */
  #repeat(pick: number): void {
    const { run } = this
    const outside = run.recorded.map(({ event }) => event).filter(isOutside)
    const event = newest(outside, pick)
    if (event === undefined) return
    const { saga } = run
    const wasTaken = saga.taken.some((key) => key.endsWith(` ${idOf(event)}`))
    run.apply(event)
    if (!wasTaken) return
    run.seen.add(`happened ${event.type} twice`)
    check(run.saga.revision === saga.revision, `${JSON.stringify(event)} twice moved the saga`)
  }

  #misanswer(type: 'malform' | 'foreign', pick: number): void {
    const { run } = this
    const command = newest(run.world.sent, pick)
    if (!command) return
    // Whatever a child gives is an answer.
    if (type === 'malform' && this.#explored.saga.children.has(command.step)) return
    const { id, attempt } = command
    const ids = [`${id}0`, id.replace(run.saga.id, 's2'), id.replace(/\/(do|undo)\//, '/re$1/')]
    const foreign = (ids[pick % ids.length] ?? id) as MessageId
    const commandId = type === 'foreign' ? foreign : id
    run.apply({ type: 'replied', commandId, outcome: 'succeeded', attempt, data: 'nonsense' })
    if (type === 'malform') return
    check(run.last?.problem?.code === 'REPLY_UNUSABLE', `${foreign} is none of its answers`)
    check(run.last.commands.length === 0, `${foreign} moves nothing`)
  }

  #expectSilence(what: string): void {
    check(this.run.last?.facts.length === 0, `${what} changes nothing`)
  }
}

type Outside = Extract<SagaEvent, { readonly type: 'operated' | 'signalled' | 'migrated' }>

function isOutside(event: SagaEvent): event is Outside {
  return event.type === 'operated' || event.type === 'signalled' || event.type === 'migrated'
}

function idOf(event: Outside): string {
  return event.type === 'signalled' ? event.id : event.requestId
}

function newest<T>(items: readonly T[], pick: number): T | undefined {
  return items[items.length - 1 - (pick % items.length)]
}
