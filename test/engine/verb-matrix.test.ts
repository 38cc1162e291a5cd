// Every verb meets a saga in every state. What comes of it is a table to be read; and whatever
// comes of it is told once, by whom and why, and leaves a saga that still finds its end.
import { describe, expect, it } from 'vitest'
import type { Fact } from '../../orchestrator/engine/event.ts'
import { possibleVerbs } from '../../orchestrator/engine/possible-verbs.ts'
import { isEnded } from '../../orchestrator/engine/saga.ts'
import { waitsFor } from '../../orchestrator/engine/waits-for.ts'
import type { SagaRun } from './saga-run.ts'
import { by, signalled, verbRequests, verbStates } from './verb-states.ts'

const states = Object.entries(verbStates)
const verbs = Object.entries(verbRequests)
const cells = states.flatMap(([state, make]) =>
  verbs.map(([verb, request]) => ({ state, verb, make, request })),
)

type Cell = (typeof cells)[number]

/** The saga before, and after the verb. */
function meet({ make, request }: Cell) {
  const run = make()
  const before = run.saga
  run.apply(request(run))
  const { problem = null, facts = [], commands = [] } = run.last ?? {}
  return { run, before, problem, facts, commands }
}

function line(cell: Cell): string {
  const { run, before, problem, facts, commands } = meet(cell)
  const verb = cell.verb.padEnd(12)
  if (problem !== null) return `  ${verb}${problem.code}`
  if (facts.length === 0) return `  ${verb}no change`
  const sent = commands.map(({ step, direction, visit, attempt }) =>
    [step, direction, visit > 1 && `visit ${visit}`, attempt > 1 && `attempt ${attempt}`]
      .filter(Boolean)
      .join(' '),
  )
  const flags = run.saga.flags.slice(before.flags.length).map((one) => `${one.step}: ${one.reason}`)
  const parts = [
    `→ ${run.saga.status}`,
    sent.length > 0 && `sends ${sent.join(', ')}`,
    flags.length > 0 && `flags ${flags.join('; ')}`,
  ]
  return `  ${verb}${parts.filter(Boolean).join(' | ')}`
}

it('what each verb does in each state is what the table says', async () => {
  const table = states.map(([state]) => {
    const own = cells.filter((cell) => cell.state === state)
    return [state, ...own.map(line)].join('\n')
  })
  await expect(`${table.join('\n\n')}\n`).toMatchFileSnapshot('verb-matrix.txt')
})

describe.each(cells)('$verb, when the saga is $state,', (cell) => {
  it('changes nothing when it comes again', () => {
    const { run, problem, facts } = meet(cell)
    const after = run.saga
    run.now += 1
    run.apply(cell.request(run))
    const isKnown = problem === null && facts.length > 0
    expect(run.last?.facts).toEqual([])
    expect(run.last?.commands).toEqual([])
    expect(run.saga).toEqual(after)
    if (isKnown) expect(run.last?.problem).toBeNull()
    else expect(run.last?.problem?.code).toBe(problem?.code)
  })

  it('is told by whom and why if it does anything, and changes nothing if not', () => {
    const { run, before, problem, facts } = meet(cell)
    if (problem !== null) expect(run.saga).toEqual(before)
    if (problem !== null || facts.length === 0) expect(facts).toEqual([])
    else expect(facts.some(tellsWho)).toBe(true)
  })

  it('leaves a saga that finds its end, and whose participants agree with it', () => {
    const { run } = meet(cell)
    if (cell.state.includes('throws')) run.apply({ ...by, requestId: 'e', verb: 'terminate' })
    settle(run)
    expect(isEnded(run.saga), `it is ${run.saga.status} in the end`).toBe(true)
    expect(run.replayed()).toEqual(run.saga)
    const flagged = run.saga.flags.map(({ step, visit }) => `${step}/${visit}`)
    const isSaidDone = cell.verb === 'skip, done'
    if (run.saga.status !== 'compensated' || isSaidDone) return
    const left = [...run.world.fence].filter(([, state]) => state === 'done').map(([key]) => key)
    expect(left.filter((key) => !flagged.includes(key))).toEqual([])
  })

  it('was foretold', () => {
    const run = cell.make()
    const asked = cell.request(run)
    const step = 'step' in asked ? asked.step : null
    const foretold = possibleVerbs(run.definition, run.saga, run.now)
    const { run: met, problem, facts, commands: sent } = meet(cell)
    const commands = [...sent]
    if (facts.length > 0 && met.wakeAt !== null && met.wakeAt <= met.now) {
      met.apply({ type: 'woken' })
      commands.push(...(met.last?.commands ?? []))
    }
    const [verb, effect = null] = cell.verb.split(', ')
    const one = foretold.find(
      (item) =>
        item.verb === verb &&
        (item.effect === null || item.effect === effect) &&
        (item.step === null || item.step === step),
    )
    const outcome = problem !== null ? 'refused' : facts.length > 0 ? 'acts' : 'no-change'
    if (one?.needsOutput) return expect(one.outcome).toBe('acts')
    // Without a parked step there is none whose skip could be foretold by its name.
    if (verb !== 'skip' || one?.step !== null) expect(one?.outcome).toBe(outcome)
    if (outcome !== 'acts') return
    expect(one?.status).toBe(met.saga.status)
    expect(one?.commands).toEqual(commands.map(({ step, direction }) => `${step} ${direction}`))
  })
})

function tellsWho({ detail }: Fact): boolean {
  if (typeof detail !== 'object' || detail === null || Array.isArray(detail)) return false
  const { actor, reason } = detail as { readonly actor?: unknown; readonly reason?: unknown }
  return actor === by.actor && reason === by.reason
}

/** From here on participants answer, time passes, and a person looks after what stands still. */
function settle(run: SagaRun): void {
  for (let round = 0; round < 50 && !isEnded(run.saga); round++) {
    const { status } = run.saga
    const requestId = `settle ${round}`
    if (status === 'stuck') run.apply({ ...by, requestId, verb: 'retry' })
    if (status === 'paused') run.apply({ ...by, requestId, verb: 'resume' })
    if (status === 'waiting') run.apply({ type: 'locked' })
    for (const { signal } of waitsFor(run.definition, run.saga)) signalled(run, signal)
    const open = run.world.sent.findLast(({ id }) => !isAnswered(run, id)) ?? run.world.sent.at(-1)
    if (open) run.apply(run.world.handle(open, 'succeeded'))
    run.now = Math.max(run.now, run.wakeAt ?? 0)
    if (!isEnded(run.saga)) run.apply({ type: 'woken' })
  }
}

function isAnswered({ world }: SagaRun, id: string): boolean {
  return world.replies.some(({ commandId }) => commandId === id)
}
