// Faults of the system's own processes: killed, stopped, frozen, ended in order, and a clock that
// jumps.
import { setTimeout as sleep } from 'node:timers/promises'
import { awaitUntil } from '../../system/await-until.ts'
import type { ChaosWorld } from '../chaos-world.ts'
import type { Fault } from '../fault.ts'
import type { Member, Role } from '../member.ts'
import { freeze } from './freeze.ts'

const roles: readonly Role[] = ['orchestrator', 'orders', 'payments', 'customers-view']
const backLimitMs = 180_000
const clockLimitMs = 30_000
const stepTriesMax = 3

async function awaitBack(members: readonly Member[]): Promise<void> {
  for (const member of members) {
    await awaitUntil(`${member.name} is back`, () => member.isUp, backLimitMs)
  }
}

const killed: Fault = {
  kind: 'process.killed',
  lane: 'members',
  make: async ({ members }, random) => {
    const member = random.pick(members)
    const pid = await member.kill(random.between(0, 4_000))
    await awaitBack([member])
    return `${member.name}, process ${pid}`
  },
}

const bothKilled: Fault = {
  kind: 'processes.both-killed',
  lane: 'members',
  make: async ({ members }, random) => {
    const role = random.pick(roles)
    const both = members.filter((member) => member.role === role)
    const downMs = random.between(500, 3_000)
    // At once: not the one while the other has yet to start.
    const areUp = () => both.every(({ isUp, process: { pid } }) => isUp && pid !== null)
    await awaitUntil(`all of ${role} run`, areUp, backLimitMs)
    const pids = await Promise.all(both.map((member) => member.kill(downMs)))
    await awaitBack(both)
    return `all of ${role}, processes ${pids.join(' and ')}`
  },
}

const ended: Fault = {
  kind: 'process.ended-in-order',
  lane: 'members',
  make: async ({ members }, random) => {
    const member = random.pick(members)
    const pid = await member.stopOnce(0)
    await awaitBack([member])
    return `${member.name}, process ${pid}`
  },
}

const frozen: Fault = {
  kind: 'process.frozen',
  lane: 'members',
  make: async ({ members }, random) => {
    const member = random.pick(members)
    // Beyond the session of 6 s as well: others have its partitions when it wakes.
    const ms = random.between(1_000, 12_000)
    await freeze([await member.pid()], ms)
    return `${member.name} for ${Math.round(ms)} ms`
  },
}

const clockStepped: Fault = {
  kind: 'clock.stepped',
  lane: 'members',
  make: async ({ members, clockSteps }, random) => {
    const member = random.pick(members)
    const pid = await stepOnce(member, clockSteps)
    await sleep(random.between(2_000, 6_000))
    // One that ended meanwhile has the right time again.
    if (member.process.pid === pid) await step(pid, member, clockSteps)
    return `${member.name}, ten minutes`
  },
}

/** Answers the process whose clock it was. */
async function stepOnce(member: Member, clockSteps: ChaosWorld['clockSteps']): Promise<number> {
  for (let tries = 0; tries < stepTriesMax; tries += 1) {
    const pid = await member.pid()
    if ((await step(pid, member, clockSteps)) === 'stepped') return pid
  }
  throw new Error(`${member.name} ended each time before its clock was stepped`)
}

function step(
  pid: number,
  { name, process: stepped }: Member,
  clockSteps: ChaosWorld['clockSteps'],
): Promise<'stepped' | 'ended'> {
  const before = clockSteps(name)
  stepped.signal('SIGUSR2')
  const how = () => {
    if (clockSteps(name) > before) return 'stepped'
    return stepped.pid === pid ? null : 'ended'
  }
  return awaitUntil(`the clock of ${name} is stepped`, how, clockLimitMs)
}

export const memberFaults: readonly Fault[] = [killed, bothKilled, ended, frozen, clockStepped]
