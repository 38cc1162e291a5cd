// One world of the simulation: processes, broker and databases that one seed drives, from the first
// start of a saga until everything is at rest again.
import './short-timeouts.ts'
import { orderCommands } from '../../../services/orders/commands.ts'
import { paymentCommands } from '../../../services/payments/commands.ts'
import { placeOrder } from '../../../services/place-order/saga.ts'
import { SimBroker } from '../bus/sim-broker.ts'
import { type FaultRates, Faults } from '../faults.ts'
import { Owner } from '../owner.ts'
import { Random } from '../random.ts'
import { Scheduler } from '../scheduler.ts'
import { createSimClock } from '../sim-clock.ts'
import { Story } from '../story.ts'
import { runChaos } from './chaos.ts'
import { type Answers, runClient } from './clients.ts'
import { ratesOf } from './fault-rates.ts'
import { runOperator } from './operator.ts'
import { planOf } from './plan.ts'
import { awaitRest } from './rest.ts'
import { worksEventsTopic, worksService, worksTopic } from './sim-contracts.ts'
import type { SimGiven } from './sim-given.ts'
import { SimOutside } from './sim-outside.ts'
import { createSimPostgres } from './sim-postgres.ts'
import { type ProcessKind, registryOf, SimProcess } from './sim-process.ts'
import { simSagas, simSagasAgain } from './sim-sagas.ts'
import { worksHandlers } from './sim-works.ts'

export type WorldOptions = {
  readonly seed: number
  readonly sagas: number
  /** Only these of the faults that the seed gives; all when it is left out. */
  readonly only?: ReadonlySet<string>
  /** Keeps a line for each step. */
  readonly isTold?: boolean
  readonly rates?: FaultRates
}

export type World = SimGiven & {
  readonly options: WorldOptions
  readonly processes: readonly SimProcess[]
  readonly answers: Answers
}

const msPerSaga = 25
const faultsAfterMs = 3_000

const definitions = [placeOrder, ...simSagas]
const definitionsAgain = [placeOrder, ...simSagasAgain]
/** Every version that a saga may have been started with. */
export const allDefinitions = registryOf(definitionsAgain)

const topicNames = [
  'sagaline.replies',
  'sagaline.starts',
  'sagaline.signals',
  'sagaline.events',
  'orders.commands',
  'orders.events',
  'payments.commands',
  'payments.events',
  worksTopic,
  worksEventsTopic,
]

export async function runWorld(options: WorldOptions): Promise<World> {
  const given = makeGiven(options)
  const { scheduler, faults, story, broker, random } = given
  // In some worlds the deployment is over, and may be taken back.
  let current = new Random(options.seed, 'deployed').chance(0.5) ? definitionsAgain : definitions
  const processes = makeProcesses(given, () => registryOf(current))
  const orchestrators = processes.filter(({ kind }) => kind.type === 'orchestrator')
  const answers: Answers = { ids: new Map(), waiting: options.sagas }
  const world = { ...given, options, processes, answers }
  const person = new Owner('world')
  const clock = createSimClock({ schedule: scheduler, owner: person, random })
  for (const name of topicNames) broker.createTopic({ name, partitions: 1 + random.below(4) })
  killAtSteps(given, processes)
  for (const process of processes) process.start()
  const windowMs = options.sagas * msPerSaga
  for (let number = 0; number < options.sagas; number += 1) {
    const client = { ...given, clock, orchestrators, answers }
    void runClient(client, planOf(options.seed, number, windowMs)).catch((error: unknown) => {
      story.breach('client.failed', String(error))
    })
  }
  const deploy = (isNewer: boolean) => {
    current = isNewer ? definitionsAgain : definitions
  }
  void runChaos({ ...given, clock, processes, deploy })
  void runOperator({ ...given, clock, orchestrators })
  scheduler.after(person, windowMs + faultsAfterMs, 'faults end', () => {
    story.tell('world', 'no more faults')
    faults.areOver = true
    // Sagas of newer definitions may be there: whoever lacks these goes.
    deploy(true)
    for (const one of orchestrators) if (one.registry !== allDefinitions) one.restart()
  })
  let isResting = false
  void awaitRest(world, clock).then(() => {
    isResting = true
  })
  await scheduler.run(() => isResting)
  if (!isResting) throw new Error('the simulation came to a halt')
  return world
}

function makeGiven({ seed, only, isTold = false, rates = ratesOf(seed) }: WorldOptions): SimGiven {
  const scheduler = new Scheduler()
  const nowMs = () => scheduler.nowMs
  const faults = new Faults({ seed, rates, only: only ?? null, nowMs })
  const story = new Story({ isTold, nowMs })
  const random = new Random(seed, 'world')
  const owners = new Map<string, Owner>()
  const broker = new SimBroker({
    network: { schedule: scheduler, random, faults, broker: new Owner('broker') },
    watch: {
      onShared: (groupId) =>
        story.seen(`two members with the same record: ${groupId.split('.')[0] ?? ''}`),
      onBreach: (problem) => story.breach('offsets', problem),
    },
  })
  const server = createSimPostgres({ scheduler, faults, random, owners, story })
  const brokenUndos = { untilMs: 0 }
  const outside = new SimOutside({ scheduler, broker, faults, random, story })
  return { seed, scheduler, faults, story, broker, server, random, owners, brokenUndos, outside }
}

function makeProcesses(
  given: SimGiven,
  registry: () => ReturnType<typeof registryOf>,
): readonly SimProcess[] {
  const service = (
    name: string,
    handlers: (ProcessKind & { type: 'service' })['handlers'],
  ): ProcessKind => {
    const probe = handlers(
      createSimClock({ schedule: given.scheduler, owner: new Owner(''), random: given.random }),
    )
    const undos = probe.flatMap(({ contract }) => contract.undo?.name ?? [])
    return { type: 'service', service: name, handlers, undos: new Set(undos) }
  }
  const kinds: readonly (readonly [string, ProcessKind])[] = [
    ['orchestrator', { type: 'orchestrator', definitions: registry }],
    ['orders', service('orders', () => orderCommands)],
    ['payments', service('payments', () => paymentCommands({ amountMax: 100_000 }))],
    [worksService, service(worksService, (clock) => worksHandlers(clock, given.outside))],
  ]
  return kinds.flatMap(([name, kind]) =>
    [1, 2].map((number) => new SimProcess(given, `${name}-${number}`, kind)),
  )
}

/** Any step of a process may be its last. */
function killAtSteps(given: SimGiven, processes: readonly SimProcess[]): void {
  const { scheduler, faults, story, random } = given
  scheduler.intercept = (step) => {
    const { owner, label } = step
    if (story.isTold) story.tell(owner.name, label)
    if (!given.owners.has(owner.name)) return false
    if (!faults.happens('kill at a step', `${owner.name} before ${label}`)) return false
    const process = processes.find((one) => one.owner === owner)
    process?.kill(random.between(200, 6_000))
    return process !== undefined
  }
}
